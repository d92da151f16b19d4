// Windows of the run-time core: the frame of rows around one, and the expression with its OVER clause.
#pragma once

#include <nuages/db/models/expression.hpp>

#include <optional>

namespace nuages::db::models {

/// ROWS or RANGE BETWEEN. Offsets: negative are before the current row, positive after it; none is unbounded.
struct WindowFrame {
    bool rows = true;
    std::optional<std::int64_t> start, end;
    enum class Exclusion : std::uint8_t { none, current_row, group, ties, no_others } exclusion = Exclusion::none;
};
/// "<RowRange: ROWS BETWEEN 1 PRECEDING AND CURRENT ROW>"; ValueError for bounds in the wrong order.
std::string repr(const WindowFrame& frame);

namespace expr {

/// FUNCTION OVER (PARTITION BY ... ORDER BY ... FRAME). ValueError for what cannot stand before OVER.
Expr window(Expr function, std::vector<Expr> partition_by = {}, std::vector<OrderBy> order_by = {},
            std::optional<WindowFrame> frame = {}, OutputType output = {});

}  // namespace expr

}  // namespace nuages::db::models

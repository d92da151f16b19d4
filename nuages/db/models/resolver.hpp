// Resolver: what an expression asks while its names become columns of a query.
#pragma once

#include <nuages/db/models/expression.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace nuages::db::models {

class Select;

/// Tables of a query as bits; a query joins at most 64 of them.
using AliasSet = std::uint64_t;

class Resolver {
public:
    explicit Resolver(Select& query) : select(query) {}

    /// The expression with its names resolved; an empty one stays empty.
    Expr operator()(const Expr& expression) { return expression ? expression->resolve(*this) : Expr(); }
    /// A column (with transforms) or an annotation by path. Throws FieldError.
    Expr column(std::string_view path);
    Expr condition(const QNode& node);

    Select& select;
    bool allow_joins = true;        ///< false in UPDATE
    bool summarize = false;         ///< inside aggregate()
    bool inside_aggregate = false;
    std::string aggregate_name;     ///< with inside_aggregate: "Sum"
    AliasSet* reuse = nullptr;      ///< joins that may be used again over to-many relations; null: all
};

}  // namespace nuages::db::models

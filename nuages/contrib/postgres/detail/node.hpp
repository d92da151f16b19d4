// What the expressions of this folder have in common: parts that are resolved and visited, SQL of their own.
#pragma once

#include <nuages/db/models/expression.hpp>
#include <nuages/db/models/resolver.hpp>
#include <nuages/db/models/sql_writer.hpp>

#include <string_view>
#include <utility>
#include <vector>

namespace nuages::postgres::detail {

using db::models::Expr;
using db::models::FieldKind;
using db::models::OutputType;
using db::models::SqlWriter;

/// An expression of parts; Self is copied with its parts resolved.
template <class Self> struct Node : db::models::Expression {
    std::vector<Expr> parts;

    Expr resolve(db::models::Resolver& resolver) const override {
        auto made = make_ref<Self>(static_cast<const Self&>(*this));
        for (Expr& part : made->parts) part = resolver(part);
        return made;
    }
    void visit(FunctionRef<void(const Expr&)> child) const override {
        for (const Expr& part : parts) child(part);
    }
};

inline void write_list(SqlWriter& out, const std::vector<Expr>& parts, std::string_view between = ", ") {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i) out << between;
        parts[i]->write(out);
    }
}

inline OutputType type_of(FieldKind kind) { return {kind, nullptr, true}; }

}  // namespace nuages::postgres::detail

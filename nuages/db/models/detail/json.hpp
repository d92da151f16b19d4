// JSON columns: paths, and lookups of their own.
#pragma once

#include <nuages/db/models/detail/nodes.hpp>
#include <nuages/db/models/errors.hpp>

#include <string>
#include <string_view>

namespace nuages::db::models {

/// A value as Python's json.dumps() writes it. TypeError for what JSON does not have.
std::string json_of(const Literal& value);
/// One step into a JSON value: a key, or an index in digits.
Expr json_transform(std::string_view name, const Expr& operand);
/// The lookups that compare JSON with JSON; empty for those that a JSON value shares with others ("gt", "icontains").
Expr json_lookup(LookupKind kind, const Expr& lhs, const Literal& literal);
/// A path into a JSON value as the text that it leads to ("icontains"); anything else as it is.
Expr json_text(const Expr& lhs);

/// `contains` and `contained_by`, which only some databases have.
struct JsonContains final : Expression {
    LookupKind kind;
    Expr lhs;
    std::string value;

    JsonContains(LookupKind lookup, Expr left, std::string json)
        : kind(lookup), lhs(std::move(left)), value(std::move(json)) {}
    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override {
        if (!out.features().supports_json_field_contains)
            throw NotSupportedError(std::string(lookup_name(kind)) +
                                    " lookup is not supported on this database backend.");
        lhs->write(out);
        out << (kind == LookupKind::contains ? " @> " : " <@ ");
        out.json_param(value);
    }
    OutputType output() const override { return {FieldKind::boolean, nullptr, true}; }
    void visit(FunctionRef<void(const Expr&)> child) const override { child(lhs); }
};

}  // namespace nuages::db::models

// A part of a text: F("title")[0:3], which is Substr() for fields that have such parts.
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/resolver.hpp>

namespace nuages::db::models {

namespace {

struct SlicedExpr final : Expression {
    Expr operand;
    std::int64_t start, length;
    SlicedExpr(Expr inner, std::int64_t from, std::int64_t count) : operand(std::move(inner)), start(from), length(count) {}

    Expr resolve(Resolver& resolver) const override {
        std::vector<Expr> parts{resolver(operand), resolver(expr::value(Literal(start + 1)))};
        const OutputType type = parts.front()->output();
        if (!type.known || (type.kind != FieldKind::char_ && type.kind != FieldKind::text))
            throw NotSupportedError("This field does not support slicing.");
        if (length >= 0) parts.push_back(resolver(expr::value(Literal(length))));
        return expr::call("Substr", std::move(parts));
    }
    void write(SqlWriter&) const override {}  // resolve() leaves none of these
    std::string describe() const override {
        return "Sliced(" + operand->describe() + ", " + std::to_string(start) +
               (length < 0 ? std::string() : ", " + std::to_string(start + length)) + ")";
    }
};

}  // namespace

namespace expr {

Expr slice(Expr operand, std::int64_t start, std::int64_t length) {
    if (start < 0) throw ValueError("Negative indexing is not supported.");
    return make_ref<SlicedExpr>(std::move(operand), start, length);
}

}  // namespace expr

}  // namespace nuages::db::models

// RangeMaxValueValidator, RangeMinValueValidator and RangeBoundary.
#include <nuages/contrib/postgres/detail/node.hpp>
#include <nuages/contrib/postgres/range_fields.hpp>
#include <nuages/core/validators/validation_error.hpp>

namespace nuages::postgres {

namespace {

/// Of a range as full_clean() has it, a list of lower, upper and bounds, or as templates have it, a mapping of these.
class BoundValidator final : public validators::Validator {
public:
    BoundValidator(nuages::Value limit, bool most) : limit_(std::move(limit)), most_(most) {}
    std::string_view name() const override { return most_ ? "RangeMaxValueValidator" : "RangeMinValueValidator"; }
    void validate(const nuages::Value& value) const override {
        const bool is_list = value.size() == 3 && !value.is_mapping();
        if (!is_list && !value.is_mapping()) return;
        const nuages::Value bound = is_list ? value.at(most_ ? 1 : 0) : value.get(most_ ? "upper" : "lower");
        const nuages::Value bounds = is_list ? value.at(2) : value.get("bounds");
        if (bounds.is_string() && bounds.as_text() == "empty") return;
        if (!bound.is_null()) {
            const int order = bound.compare(limit_);
            if (order == 0 || order == (most_ ? -1 : 1)) return;
        }
        throw ValidationError(most_ ? "Ensure that the upper bound of the range is not greater than %(limit_value)s."
                                    : "Ensure that the lower bound of the range is not less than %(limit_value)s.",
                              most_ ? "max_value" : "min_value", {{"limit_value", limit_}, {"show_value", bound}, {"value", value}});
    }

private:
    nuages::Value limit_;
    bool most_;
};

struct BoundaryNode final : detail::Node<BoundaryNode> {
    std::string_view bounds;
    void write(detail::SqlWriter& out) const override { out << '\'' << bounds << '\''; }
    detail::OutputType output() const override { return detail::type_of(detail::FieldKind::text); }
};

}  // namespace

Ref<const validators::Validator> RangeMaxValueValidator(nuages::Value limit) { return make_ref<BoundValidator>(std::move(limit), true); }
Ref<const validators::Validator> RangeMinValueValidator(nuages::Value limit) { return make_ref<BoundValidator>(std::move(limit), false); }

db::models::Expr detail::boundary(bool inclusive_lower, bool inclusive_upper) {
    auto made = make_ref<BoundaryNode>();
    made->bounds = inclusive_lower ? (inclusive_upper ? "[]" : "[)") : inclusive_upper ? "(]" : "()";
    return made;
}

}  // namespace nuages::postgres

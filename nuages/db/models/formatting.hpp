// Number and boolean fields as arguments of {fmt}: fmt::format("{:>5}", article.views). Text fields format as they are.
// For those who use {fmt}; <nuages/models.hpp> does not include it.
#pragma once

#include <nuages/db/models/field_values.hpp>

#include <fmt/format.h>

namespace nuages::db::models::detail {

/// A field that holds one number or bool.
template <class F>
concept FieldOfNumber = requires(const F& field) {
    F::kind;
    requires std::is_arithmetic_v<typename F::value_type>;
    { field.value } -> std::same_as<const typename F::value_type&>;
};

}  // namespace nuages::db::models::detail

template <nuages::db::models::detail::FieldOfNumber F>
struct fmt::formatter<F> : fmt::formatter<typename F::value_type> {
    template <class Context> auto format(const F& field, Context& context) const {
        return fmt::formatter<typename F::value_type>::format(field.value, context);
    }
};

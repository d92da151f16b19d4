// Fields as arguments of {fmt}: fmt::format("{:>5} {:.1f}", article.views, article.score). Text fields format as they are; dates,
// times, spans, decimals and UUIDs as Python's str() shows them, a choice as its column does.
// For those who use {fmt}; <nuages/models.hpp> does not include it.
#pragma once

#include <nuages/db/models/choice.hpp>
#include <nuages/db/models/field_values.hpp>
#include <nuages/db/models/model_value.hpp>
#include <nuages/db/models/nullable.hpp>

#include <fmt/format.h>

#include <concepts>
#include <string>

namespace nuages::db::models::detail {

/// A field that holds one number or bool.
template <class F>
concept FieldOfNumber = requires(const F& field) {
    F::kind;
    requires std::is_arithmetic_v<typename F::value_type>;
    { field.value } -> std::same_as<const typename F::value_type&>;
};

std::string shown(const Date& value);
std::string shown(const Time& value);
std::string shown(const DateTime& value);
std::string shown(const Duration& value);
std::string shown(const Decimal& value);
std::string shown(const Uuid& value);
template <class E> std::string shown(const ChoiceField<E>& value) { return std::string(value.name()); }

/// What the model's own str() says.
template <AnyModel T> std::string shown(const T& object) { return str_of(loaded_meta<typename T::model_type>(), &static_cast<const typename T::model_type&>(object)); }
/// The value, or Python's None.
template <class F> std::string shown(const Nullable<F>& value) { return value.has_value() ? fmt::format("{}", *value) : "None"; }

template <class F>
concept ShownAsText = AnyModel<F> || requires { typename F::inner_type; requires std::same_as<F, Nullable<typename F::field>>; } ||
                      std::derived_from<F, Date> || std::derived_from<F, Time> || std::derived_from<F, DateTime> ||
                      std::derived_from<F, Duration> || std::derived_from<F, Decimal> || std::derived_from<F, Uuid> ||
                      requires(const F& choice) { typename F::Options; enum_name(choice.value); };

}  // namespace nuages::db::models::detail

template <nuages::db::models::detail::ShownAsText F> struct fmt::formatter<F> : fmt::formatter<fmt::string_view> {
    template <class Context> auto format(const F& value, Context& context) const {
        return fmt::formatter<fmt::string_view>::format(nuages::db::models::detail::shown(value), context);
    }
};

template <nuages::db::models::detail::FieldOfNumber F>
struct fmt::formatter<F> : fmt::formatter<typename F::value_type> {
    template <class Context> auto format(const F& field, Context& context) const {
        return fmt::formatter<typename F::value_type>::format(field.value, context);
    }
};

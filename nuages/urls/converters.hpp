// Converters: what `<int:pk>` in a route matches, and how it becomes a C++ value and back.
// A parameter's type says which converters may feed it, so a route is checked against its view by the compiler:
// integers take int; std::string_view and std::string take str, slug, path, uuid; Uuid takes uuid. An own type joins in
// by
//
//     template <> struct nuages::routing::converter_for<Year> {
//         static constexpr std::string_view name = "yyyy", regex = "[0-9]{4}";
//         static std::optional<Year> parse(std::string_view text);      // nothing: the route does not match.
//                                              // A re_path() asks for any text that its group matches.
//         static std::string to_url(const Year& year);
//     };
#pragma once

#include <nuages/base/ref.hpp>
#include <nuages/http/resolver_match.hpp>
#include <nuages/utils/uuid.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace nuages::routing {

/// A converter at run time. `regex` is what it matches, as PCRE2 pattern.
struct Converter {
    std::string_view name;
    std::string_view regex;
    /// Whether the text is a value: false makes the route not match (a number that does not fit). May fill
    /// capture.number.
    bool (*accepts)(std::string_view text, http::Capture& capture) = nullptr;
    /// Turns the text of an argument of reverse() into what stands in the URL; nothing when it is not such a value.
    /// Null: the text itself.
    std::optional<std::string> (*to_url)(std::string_view text) = nullptr;
};

/// How many own converters can be registered.
inline constexpr std::size_t kConvertersMax = 256;

/// The converter of that name: int, str, slug, path, uuid, and registered ones; nullptr for an unknown one.
const Converter* find_converter(std::string_view name);
/// Makes an own converter known to routes of includes and to routes made at run time; call it at start-up.
/// Throws ImproperlyConfigured when the name is taken by another converter.
void register_converter(const Converter& converter);

/// Specialized for own parameter types.
template <class T> struct converter_for;

template <class T>
concept HasConverter = requires {
    { converter_for<T>::name } -> std::convertible_to<std::string_view>;
};

namespace detail {

/// Names of the built-in converters that may feed a parameter of type T, each between spaces.
template <class T> consteval std::string_view converters_of() {
    if constexpr (HasConverter<T>) {
        return converter_for<T>::name;
    } else if constexpr (std::is_same_v<T, bool>) {
        return {};
    } else if constexpr (std::is_integral_v<T>) {
        return "int";
    } else if constexpr (std::is_same_v<T, Uuid>) {
        return "uuid";
    } else if constexpr (std::is_constructible_v<T, std::string_view>) {
        return "str slug path uuid";
    } else {
        return {};
    }
}

/// Whether T is made of the digits of a group of re_path().
template <class T> consteval bool is_plain_number() { return std::is_integral_v<T> && !HasConverter<T>; }

template <class T> const Converter* own_converter() {
    if constexpr (HasConverter<T>) {
        static constexpr Converter converter{
            converter_for<T>::name, converter_for<T>::regex,
            [](std::string_view text, http::Capture&) { return converter_for<T>::parse(text).has_value(); },
            [](std::string_view text) -> std::optional<std::string> {
                auto value = converter_for<T>::parse(text);
                if (!value) return std::nullopt;
                return converter_for<T>::to_url(*value);
            }};
        return &converter;
    } else {
        return nullptr;
    }
}

/// The value that a view takes, from what was captured. What is no such value was refused before, by fits().
template <class T> T convert(const http::Capture& capture) {
    if constexpr (HasConverter<T>) {
        return *converter_for<T>::parse(capture.text);
    } else if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(capture.number);
    } else if constexpr (std::is_same_v<T, Uuid>) {
        return *Uuid::parse(capture.text);
    } else {
        return T(capture.text);
    }
}

/// Whether what was captured is a value of the view's parameter; a mismatch is a 404. A text that a converter took is
/// one; the groups of a re_path() have no converter.
template <class T> bool fits([[maybe_unused]] const http::Capture& capture) {
    if constexpr (HasConverter<T>) {
        return capture.converter || converter_for<T>::parse(capture.text).has_value();
    } else if constexpr (std::is_integral_v<T>) {
        return http::number_fits<T>(capture.number);
    } else if constexpr (std::is_same_v<T, Uuid>) {
        return capture.converter || Uuid::parse(capture.text).has_value();
    } else {
        return true;
    }
}

}  // namespace detail
}  // namespace nuages::routing

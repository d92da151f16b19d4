// Writing JSON by direct appends: no document tree, no virtual calls; field names and quotes are constants.
// Compact and UTF-8 (RFC 8259). Dates as Django's encoder writes them: "2026-03-09T13:05:09.250Z".
// An own type joins in by `void append_json(std::string& out, const T& value)` beside it.
#pragma once

#include <nuages/http/response.hpp>
#include <nuages/utils/datetime.hpp>
#include <nuages/utils/fwd.hpp>
#include <nuages/utils/json_text.hpp>
#include <nuages/utils/reflection.hpp>

#include <charconv>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace nuages::http::json {

/// The shortest text that reads back as `number`; NaN and infinities are null.
void append_number(std::string& out, double number);
void append_datetime(std::string& out, DateTime at);
void append_time(std::string& out, Time time);
/// "P1DT02H00M00S".
void append_duration(std::string& out, Duration span);

template <class T> void append(std::string& out, const T& value);

namespace detail {
template <class T>
concept has_append_json = requires(std::string& out, const T& value) {
    append_json(out, value);
};
template <class T>
concept optional_like = requires(const T& value) {
    { value.has_value() } -> std::same_as<bool>;
    *value;
};
template <class T>
concept range_like = requires(const T& value) {
    value.begin();
    value.end();
};
template <class T>
concept pair_like = requires(const T& value) {
    value.first;
    value.second;
};
template <class T>
concept value_wrapper = requires(const T& value) {
    value.value;
}
&&!std::is_aggregate_v<T>;

template <std::size_t I, class T> void append_element(std::string& out, const T& value) {
    using std::get;
    if constexpr (I != 0) out += ',';
    append(out, get<I>(value));
}
template <class T, std::size_t... I> void append_elements(std::string& out, const T& value, std::index_sequence<I...>) {
    (append_element<I>(out, value), ...);
}

template <class T> void append_range(std::string& out, const T& range) {
    using Element = std::remove_cvref_t<decltype(*range.begin())>;
    constexpr bool is_object = pair_like<Element> && requires { typename T::mapped_type; };
    out += is_object ? '{' : '[';
    bool first = true;
    for (const auto& element : range) {
        if (!first) out += ',';
        first = false;
        if constexpr (is_object) {
            utils::append_json_string(out, element.first);
            out += ':';
            append(out, element.second);
        } else {
            append(out, element);
        }
    }
    out += is_object ? '}' : ']';
}

template <class T> void append_aggregate(std::string& out, const T& object) {
    out += '{';
    bool first = true;
    utils::for_each_member(object, [&](std::string_view name, const auto& member) {
        out.append(first ? "\"" : ",\"");
        first = false;
        out.append(name).append("\":");
        append(out, member);
    });
    out += '}';
}
}  // namespace detail

/// Appends any value: numbers, strings, dates, enums (as numbers), optionals, containers, maps with string keys, pairs
/// and tuples (as arrays), aggregates (as objects by their members' names).
template <class T> void append(std::string& out, const T& value) {
    if constexpr (detail::has_append_json<T>) {
        append_json(out, value);
    } else if constexpr (std::is_same_v<T, bool>) {
        out.append(value ? "true" : "false");
    } else if constexpr (std::is_null_pointer_v<T>) {
        out.append("null");
    } else if constexpr (std::is_integral_v<T>) {
        char digits[24];
        out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    } else if constexpr (std::is_floating_point_v<T>) {
        append_number(out, value);
    } else if constexpr (std::is_enum_v<T>) {
        append(out, static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        utils::append_json_string(out, value);
    } else if constexpr (std::is_same_v<T, DateTime>) {
        append_datetime(out, value);
    } else if constexpr (std::is_same_v<T, Date>) {
        utils::append_json_string(out, value.iso());
    } else if constexpr (std::is_same_v<T, Time>) {
        append_time(out, value);
    } else if constexpr (std::is_same_v<T, Duration>) {
        append_duration(out, value);
    } else if constexpr (std::is_same_v<T, Decimal> || std::is_same_v<T, Uuid>) {
        utils::append_json_string(out, value.str());  // as Django's encoder: a decimal would lose digits as a number
    } else if constexpr (detail::optional_like<T>) {
        if (value.has_value()) {
            append(out, *value);
        } else {
            out.append("null");
        }
    } else if constexpr (detail::range_like<T>) {
        detail::append_range(out, value);
    } else if constexpr (requires { std::tuple_size<T>::value; }) {
        out += '[';
        detail::append_elements(out, value, std::make_index_sequence<std::tuple_size<T>::value>{});
        out += ']';
    } else if constexpr (detail::value_wrapper<T>) {
        append(out, value.value);
    } else {
        detail::append_aggregate(out, value);
    }
}

/// The JSON text of any value that append() takes.
template <class T> std::string dumps(const T& value) {
    std::string out;
    append(out, value);
    return out;
}

/// The value of a JSON text; objects are maps. Throws BadRequest on what is no JSON or nested deeper than DEPTH_MAX.
/// (Include <nuages/utils/value.hpp>.)
Value loads(std::string_view text, std::size_t depth_max = 64);

/// One member of an object written in place: JsonResponse({{"count", n}, {"results", rows}}).
struct Member {
    std::string_view name;
    std::string text;

    template <class T> Member(std::string_view name, const T& value) : name(name), text(dumps(value)) {}
};
/// An object made of members, to be nested in another.
struct Object {
    std::string text;
    Object(std::initializer_list<Member> members);
    friend void append_json(std::string& out, const Object& object) { out += object.text; }
};

}  // namespace nuages::http::json

namespace nuages::http {

struct JsonOptions {
    int status = 200;
    std::string_view content_type = kApplicationJson;
};

/// A response with `data` as JSON (django.http.JsonResponse).
class JsonResponse : public Response {
public:
    template <class T>
    explicit JsonResponse(const T& data, const JsonOptions& options = {})
        : Response({}, {.status = options.status, .content_type = options.content_type}) {
        json::append(content, data);
    }
    JsonResponse(std::initializer_list<json::Member> members, const JsonOptions& options = {})
        : JsonResponse(json::Object(members), options) {}
};

}  // namespace nuages::http

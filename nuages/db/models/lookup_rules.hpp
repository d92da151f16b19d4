// Which lookups a value has, and what may stand on their right: the rules of Django's lookups, at compile time.
#pragma once

#include <nuages/db/models/stored_values.hpp>
#include <nuages/utils/datetime.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace nuages::db::models {

/// What a value is to a lookup.
enum class ValueClass : std::uint8_t {
    other,
    boolean,
    integer,
    real,
    text,
    choice,
    date,
    time,
    date_time,
    duration,
    key,  ///< an integer that stands for another object
    decimal,
    uuid,
    bytes,
    json,
    any  ///< of a model that the site chooses: what it is, the running program knows
};

/// Whether a right side goes with what stands behind a path.
enum class LookupFit : std::uint8_t { unknown, misfit, fits };

/// Lookups of values of one's own, a range say. A specialisation has three static functions, all consteval:
///     template <class R> bool takes()                              // a value of type R may be written to the field
///     template <class R> LookupFit lookup(std::string_view rest)   // "contains" with an R on the right
///     template <fixed_string Rest> auto transformed()              // std::type_identity of what "len" makes of it, or of void
template <class T> struct OwnLookups;

namespace detail {

template <class T>
concept OwnValue = requires { sizeof(OwnLookups<T>); };

template <class T> consteval ValueClass class_of() {
    if constexpr (std::is_same_v<T, bool>) {
        return ValueClass::boolean;
    } else if constexpr (std::is_integral_v<T>) {
        return ValueClass::integer;
    } else if constexpr (std::is_floating_point_v<T>) {
        return ValueClass::real;
    } else if constexpr (std::is_enum_v<T>) {
        return ValueClass::choice;
    } else if constexpr (std::is_same_v<T, std::string>) {
        return ValueClass::text;
    } else if constexpr (std::is_same_v<T, Date>) {
        return ValueClass::date;
    } else if constexpr (std::is_same_v<T, Time>) {
        return ValueClass::time;
    } else if constexpr (std::is_same_v<T, DateTime>) {
        return ValueClass::date_time;
    } else if constexpr (std::is_same_v<T, Duration>) {
        return ValueClass::duration;
    } else if constexpr (std::is_same_v<T, Decimal>) {
        return ValueClass::decimal;
    } else if constexpr (std::is_same_v<T, Uuid>) {
        return ValueClass::uuid;
    } else if constexpr (std::is_same_v<T, Bytes>) {
        return ValueClass::bytes;
    } else if constexpr (std::is_same_v<T, Json>) {
        return ValueClass::json;
    } else if constexpr (std::is_same_v<T, Literal>) {
        return ValueClass::any;
    } else {
        return ValueClass::other;
    }
}

/// Where the first "__" stands; the path's size where there is none. By index: with -fsanitize=undefined g++ 12 compares no
/// pointer into a template argument with null in a constant expression (GCC bug 71962), and std::string_view::find() does.
constexpr std::size_t separator_of(std::string_view path) {
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        if (path[i] == '_' && path[i + 1] == '_') return i;
    }
    return path.size();
}
/// The part before the first "__", and the part after it.
constexpr std::string_view path_head(std::string_view path) { return path.substr(0, separator_of(path)); }
constexpr std::string_view path_tail(std::string_view path) {
    const std::size_t at = separator_of(path);
    return at == path.size() ? std::string_view() : path.substr(at + 2);
}

/// `words` is a list of names with a space around each.
constexpr bool is_word_of(std::string_view word, std::string_view words) {
    for (auto at = words.find(word); at != words.npos && !word.empty(); at = words.find(word, at + 1)) {
        if (words[at - 1] == ' ' && words[at + word.size()] == ' ') return true;
    }
    return false;
}

/// How a lookup takes its right side.
enum class RightSide : std::uint8_t { unknown, same, text, list, range, flag, anything };

struct LookupShape {
    RightSide right = RightSide::unknown;
    ValueClass left = ValueClass::other;  ///< after transforms such as __year
};

/// Takes the transforms that stand at the front of `rest` off it; returns what they make of a value of class `left`.
constexpr ValueClass apply_transforms(ValueClass left, std::string_view& rest) {
    while (left == ValueClass::date || left == ValueClass::time || left == ValueClass::date_time) {
        const std::string_view word = path_head(rest);
        if (left != ValueClass::time &&
            is_word_of(word, " year quarter month day week week_day iso_week_day iso_year ")) {
            left = ValueClass::integer;
        } else if (left != ValueClass::date && is_word_of(word, " hour minute second ")) {
            left = ValueClass::integer;
        } else if (left == ValueClass::date_time && word == "date") {
            left = ValueClass::date;
        } else if (left == ValueClass::date_time && word == "time") {
            left = ValueClass::time;
        } else {
            break;
        }
        rest = path_tail(rest);
    }
    return left;
}

struct Transformed {
    ValueClass to;
    std::size_t rest_size;  ///< of what is no transform
};
constexpr Transformed transformed_by(ValueClass from, std::string_view rest) {
    const ValueClass to = apply_transforms(from, rest);
    return {to, rest.size()};
}

/// Reads "year__gte", "icontains", "" ... behind a value of class `left`.
constexpr LookupShape parse_lookup(ValueClass left, std::string_view rest) {
    left = apply_transforms(left, rest);
    if (rest == "isnull") return {RightSide::flag, left};
    // Any path into a document is a transform of it, any name at its end a key or a lookup.
    if (left == ValueClass::json || left == ValueClass::any) return {RightSide::anything, left};
    if (rest.empty() || is_word_of(rest, " exact gt gte lt lte ")) return {RightSide::same, left};
    if (rest == "in") return {RightSide::list, left};
    if (left == ValueClass::key || left == ValueClass::other) return {};
    if (rest == "range") return {RightSide::range, left};
    if (left == ValueClass::boolean || left == ValueClass::bytes) return {};
    if (is_word_of(rest, " iexact contains icontains startswith istartswith endswith iendswith regex iregex ")) {
        return {RightSide::text, left};
    }
    return {};
}

}  // namespace detail

}  // namespace nuages::db::models

// What the built-in filters share: Python's conversions and a short way to register.
#pragma once

#include <nuages/templates/detail/compiled.hpp>
#include <nuages/templates/library.hpp>
#include <nuages/utils/html.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace nuages::templates {

/// Flags of a filter on text whose result is as safe as its input (django: @stringfilter, is_safe=True).
inline constexpr FilterFlags kSafeText{.is_safe = true, .takes_text = true};
inline constexpr FilterFlags kUnsafeText{.takes_text = true};
inline constexpr FilterFlags kSafeFilter{.is_safe = true};

/// Registers FUNCTION with ARGUMENTS_MIN to ARGUMENTS_MAX arguments.
inline void add_filter(Library& library, const char* name, FilterPointer function, int arguments_min, int arguments_max,
                       FilterFlags flags = {}, FilterWriter write = nullptr) {
    library.filter({name, function, arguments_min, arguments_max, flags, function, write});
}

/// Python's int(): nothing where it raises. Whole numbers past 64 bits are out of reach and give nothing.
std::optional<std::int64_t> to_integer(const Value& value);
/// Python's float().
std::optional<double> to_real(const Value& value);
/// The text of a string, else of str(value), kept in a scratch string.
std::string_view text_of(const Value& value, FilterCall& call);
/// Appends VALUE as text, escaped unless it is safe.
void append_escaped_value(std::string& out, const Value& value);
/// What stands for the text that was cut off, with a slot for the rest, in the active language.
std::string_view truncation_ending();
/// Appends TEXT, escaped when ESCAPE is true.
inline void put_text(std::string& out, std::string_view text, bool escape) {
    if (escape) {
        utils::append_escaped(out, text);
    } else {
        out += text;
    }
}
/// Characters, not bytes.
std::size_t length_of(std::string_view text) noexcept;

}  // namespace nuages::templates

#include <nuages/management/arguments.hpp>
#include <nuages/management/command.hpp>

#include <charconv>
#include <cstdio>

namespace nuages::management::detail {
namespace {

template <class T> bool parse_whole(std::string_view text, T& value) {
    if (text.starts_with('+')) text.remove_prefix(1);
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

bool parse_argument(std::string_view text, std::int64_t& value) { return parse_whole(text, value); }
bool parse_argument(std::string_view text, double& value) { return parse_whole(text, value); }

void refuse_argument(const Parameter& parameter, std::string_view text) {
    throw UsageError("argument " + parameter.name + ": invalid " + parameter.type + " value: '" + std::string(text) +
                     "'");
}

std::string default_text(const std::string& value) { return value; }
std::string default_text(std::int64_t value) { return std::to_string(value); }
std::string default_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

std::string option_name(std::string_view member, bool negated) {
    std::string name = negated ? "--no-" : "--";
    while (member.ends_with('_')) member.remove_suffix(1);  // a member that avoids a keyword: `default_`
    for (char c : member) name += c == '_' ? '-' : c;
    return name;
}

}  // namespace nuages::management::detail

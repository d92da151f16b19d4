#include <nuages/utils/text.hpp>

#include <nuages/base/error.hpp>
#include <nuages/utils/regex.hpp>
#include <nuages/utils/unicode.hpp>
#include <nuages/utils/utf8.hpp>
#include <nuages/utils/value.hpp>

namespace nuages::utils {
namespace {

std::string repr(std::string_view text) {
    std::string out;
    Value::borrow(text).append_repr(out);
    return out;
}

}  // namespace

std::string capfirst(std::string_view text) {
    if (text.empty()) return {};
    const std::size_t first = utf8_step(text, 0).size;
    return to_upper(text.substr(0, first)).append(text.substr(first));
}

std::string camel_case_to_spaces(std::string_view text) {
    // Before a capital that follows a small letter, and before one that no other capital follows.
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    std::string spaced;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool after_small = i > 0 && text[i - 1] >= 'a' && text[i - 1] <= 'z';
        const bool starts_word = i + 1 < text.size() && !is_capital(text[i + 1]);
        if (is_capital(text[i]) && (after_small || starts_word)) spaced += ' ';
        spaced += text[i];
    }
    return to_lower(strip_unicode(spaced));
}

std::string get_text_list(const std::vector<std::string>& items, std::string_view last_word) {
    std::string out;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) out.append(i + 1 == items.size() ? " " + std::string(last_word) + " " : ", ");
        out += items[i];
    }
    return out;
}

std::string get_valid_filename(std::string_view name) {
    std::string out;
    std::string_view rest = strip_unicode(name);
    for (std::size_t i = 0; i < rest.size();) {
        const Utf8Step step = utf8_step(rest, i);
        const char32_t c = step.code_point;
        if (c == ' ') out += '_';
        if (step.well_formed && (c == '-' || c == '.' || is_word(c))) out.append(rest.substr(i, step.size));
        i += step.size;
    }
    if (out.empty() || out == "." || out == "..")
        throw SuspiciousOperation("Could not derive file name from " + repr(name));
    return out;
}

std::string phone2numeric(std::string_view phone) {
    constexpr std::string_view kKeys = "22233344455566677778889999";
    std::string out = to_lower(phone);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = kKeys[static_cast<std::size_t>(c - 'a')];
    return out;
}

std::vector<std::string> smart_split(std::string_view text) {
    static const Regex bits(R"re(((?:[^\s'"]*(?:(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')[^\s'"]*)+)|\S+))re");
    std::vector<std::string> out;
    RegexMatch match;
    for (std::size_t at = 0; at <= text.size() && bits.search(text, match, at); at = match.end())
        out.emplace_back(match.group(0));
    return out;
}

std::string unescape_string_literal(std::string_view text) {
    const bool quoted = !text.empty() && (text[0] == '"' || text[0] == '\'') && text.back() == text[0];
    if (!quoted) throw Error("Not a string literal: " + repr(text));
    const char quote = text[0];
    const std::string_view inside = text.size() < 2 ? std::string_view{} : text.substr(1, text.size() - 2);
    // Quotes first, backslashes afterwards: as Django replaces them.
    std::string unquoted, out;
    for (std::size_t i = 0; i < inside.size(); ++i) {
        if (inside[i] == '\\' && i + 1 < inside.size() && inside[i + 1] == quote) ++i;
        unquoted += inside[i];
    }
    for (std::size_t i = 0; i < unquoted.size(); ++i) {
        if (unquoted[i] == '\\' && i + 1 < unquoted.size() && unquoted[i + 1] == '\\') ++i;
        out += unquoted[i];
    }
    return out;
}

}  // namespace nuages::utils

// Filters that give plain text: case, padding, cutting, words, printf.

#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/filtering.hpp>
#include <nuages/templates/detail/lexer.hpp>
#include <nuages/templates/detail/printf.hpp>
#include <nuages/utils/text.hpp>
#include <nuages/utils/unicode.hpp>
#include <nuages/utils/translation.hpp>
#include <nuages/utils/utf8.hpp>

#include <algorithm>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace nuages::templates {

std::string_view text_of(const Value& value, FilterCall& call) {
    if (value.is_string()) return value.as_text();
    std::string& text = call.text();
    value.append_str(text);
    return text;
}

std::size_t length_of(std::string_view text) noexcept {
    std::size_t count = 0;
    for (char c : text) count += (c & 0xc0) != 0x80;
    return count;
}

namespace {

// Appends the white-space separated parts of TEXT to EACH until it answers false (Python's str.split()).
template <class F> void each_word(std::string_view text, F&& each) {
    std::size_t i = 0;
    while (i < text.size()) {
        std::size_t begin = i;
        while (i < text.size()) {
            const auto step = utils::utf8_step(text, i);
            const bool space = step.code_point < 0x80 ? is_space(text[i]) : utils::is_space(step.code_point);
            if (space) break;
            i += step.size;
        }
        if (i > begin && !each(text.substr(begin, i - begin))) return;
        if (i < text.size()) i += utils::utf8_step(text, i).size;
    }
}

bool is_ascii(std::string_view text) {
    for (char c : text) {
        if (c & 0x80) return false;
    }
    return true;
}

Value upper(const Value& value, const Value*, FilterCall& call) {
    std::string& text = call.text();
    if (is_ascii(value.as_text())) {
        text = value.as_text();
        for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    } else {
        text = utils::to_upper(value.as_text());
    }
    return FilterCall::result(text);
}

bool write_upper(const Value& value, const Value*, FilterCall& call, bool escape) {
    const std::string_view from = value.as_text();
    char buffer[256];
    if (from.size() > sizeof buffer) return false;
    unsigned char seen = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
        const char c = from[i];
        seen |= static_cast<unsigned char>(c);
        buffer[i] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
    if (seen >= 0x80) return false;
    put_text(call.renderer().out(), {buffer, from.size()}, escape);
    return true;
}

Value lower(const Value& value, const Value*, FilterCall& call) {
    std::string& text = call.text();
    if (is_ascii(value.as_text())) {
        text = value.as_text();
        for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    } else {
        text = utils::to_lower(value.as_text());
    }
    return FilterCall::result(text);
}

Value capfirst(const Value& value, const Value*, FilterCall& call) {
    const std::string_view from = value.as_text();
    if (from.empty()) return value;
    const std::size_t first = utils::utf8_step(from, 0).size;
    std::string& text = call.text();
    text = utils::to_upper(from.substr(0, first));
    text += from.substr(first);
    return FilterCall::result(text);
}

bool is_letter(char32_t c) {
    if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return utils::is_word(c) && !utils::is_combining(c);
}

// Python's str.title() but for an apostrophe or a digit before a letter.
Value title(const Value& value, const Value*, FilterCall& call) {
    const std::string_view from = value.as_text();
    std::string& text = call.text();
    bool inside = false;
    for (std::size_t i = 0; i < from.size();) {
        const auto step = utils::utf8_step(from, i);
        const std::string_view character = from.substr(i, step.size);
        const bool letter = is_letter(step.code_point);
        const char before = i > 0 ? from[i - 1] : ' ';
        const char second = i > 1 ? from[i - 2] : ' ';
        const bool digit_before = before >= '0' && before <= '9';
        const bool apostrophe = before == '\'' &&
                                ((second >= 'a' && second <= 'z') || (second >= 'A' && second <= 'Z')) && i > 2 &&
                                is_word(from[i - 3]);
        const bool single = before == '\'' && !text.empty() && text.size() >= 2 && text[text.size() - 2] >= 'a' &&
                            text[text.size() - 2] <= 'z';
        if (!letter) {
            text += character;
        } else if (inside || digit_before || (before == '\'' && (apostrophe || single) && step.code_point < 0x80)) {
            text += step.code_point < 0x80 ? std::string(1, static_cast<char>(character[0] | 0x20))
                                           : utils::to_lower(character);
        } else {
            text += utils::to_upper(character);
        }
        inside = letter;
        i += step.size;
    }
    return FilterCall::result(text);
}

Value padded(const Value& value, const Value* argument, FilterCall& call, int side) {
    const std::string_view from = value.as_text();
    const auto width = to_integer(*argument);
    if (!width) throw ValueError("invalid literal for int() with base 10: '" + argument->str() + "'");
    const auto length = static_cast<std::int64_t>(length_of(from));
    if (*width <= length) return value;
    constexpr std::int64_t kWidthMax = 1 << 24;
    const std::int64_t missing = std::min(*width, kWidthMax) - std::min(length, kWidthMax);
    const std::int64_t left = side < 0 ? missing : side > 0 ? 0 : missing / 2;
    std::string& text = call.text();
    text.append(static_cast<std::size_t>(left), ' ').append(from).append(static_cast<std::size_t>(missing - left), ' ');
    return FilterCall::result(text);
}

Value center(const Value& value, const Value* argument, FilterCall& call) { return padded(value, argument, call, 0); }
Value ljust(const Value& value, const Value* argument, FilterCall& call) { return padded(value, argument, call, 1); }
Value rjust(const Value& value, const Value* argument, FilterCall& call) { return padded(value, argument, call, -1); }

Value cut(const Value& value, const Value* argument, FilterCall& call) {
    const std::string_view from = value.as_text();
    if (!argument->is_string()) throw TypeError("replace() argument 1 must be str");
    const std::string_view what = argument->as_text();
    if (what.empty()) return Value::transient(from, value.is_safe());
    std::string& text = call.text();
    std::size_t begin = 0;
    for (std::size_t at; (at = from.find(what, begin)) != from.npos; begin = at + what.size()) {
        text += from.substr(begin, at - begin);
    }
    text += from.substr(begin);
    return FilterCall::result(text, value.is_safe() && what != ";");
}

Value addslashes(const Value& value, const Value*, FilterCall& call) {
    std::string& text = call.text();
    for (char c : value.as_text()) {
        if (c == '\\' || c == '"' || c == '\'') text += '\\';
        text += c;
    }
    return FilterCall::result(text);
}

Value slugify(const Value& value, const Value*, FilterCall& call) {
    std::string& text = call.text();
    text = utils::slugify(value.as_text());
    return FilterCall::result(text);
}

Value wordcount(const Value& value, const Value*, FilterCall&) {
    std::int64_t count = 0;
    each_word(value.as_text(), [&](std::string_view) { return ++count, true; });
    return count;
}

Value wordwrap(const Value& value, const Value* argument, FilterCall& call) {
    const auto width = to_integer(*argument);
    if (!width) throw ValueError("invalid literal for int() with base 10: '" + argument->str() + "'");
    std::string& text = call.text();
    text = utils::wrap(value.as_text(), static_cast<int>(std::clamp<std::int64_t>(*width, -1, 1 << 24)));
    return FilterCall::result(text);
}

Value make_list(const Value& value, const Value*, FilterCall&) {
    std::vector<Value> items;
    value.as_safe(false).iterate([&](Value item) {
        items.push_back(std::move(item));
        return true;
    });
    return Value::list(std::move(items));
}

Value phone2numeric(const Value& value, const Value*, FilterCall& call) {
    constexpr std::string_view digits = "22233344455566677778889999";
    std::string& text = call.text();
    if (!value.is_string()) throw TypeError("'" + std::string(type_name(value)) + "' object has no attribute 'lower'");
    text = utils::to_lower(value.as_text());
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = digits[static_cast<std::size_t>(c - 'a')];
    }
    return FilterCall::result(text);
}

Value truncatechars(const Value& value, const Value* argument, FilterCall& call) {
    const auto length = to_integer(*argument);
    if (!length) return value;
    std::string& text = call.text();
    text = utils::truncate_chars(value.as_text(), *length, truncation_ending());
    return FilterCall::result(text);
}

struct PlainWords {
    bool valid = false;
    std::size_t size = 0;
};

// The length of the first COUNT words of ASCII text with single spaces, the usual case: nothing has to be put together.
PlainWords plain_words(std::string_view text, std::int64_t count) {
    if (count <= 0) return {};
    bool after_space = true;
    std::size_t i = 0;
#ifdef __SSE2__
    // Sixteen bytes at once while no word ends the text: letters, and spaces that stand alone.
    for (unsigned before = 1; i + 17 <= text.size(); i += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
        const auto letters = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpgt_epi8(block, _mm_set1_epi8(' '))));
        const auto spaces = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(' '))));
        const auto deletes = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f))));
        const int found = __builtin_popcount(spaces);
        if ((letters | spaces) != 0xffff || deletes || (spaces & ((spaces << 1) | before)) || found >= count) break;
        count -= found;
        before = spaces >> 15;
        after_space = before != 0;
    }
#endif
    for (; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte > ' ' && byte < 0x7f) {
            after_space = false;
            continue;
        }
        if (byte != ' ' || after_space || i + 1 == text.size()) return {};
        after_space = true;
        // Behind the space stands a word, or the slow way decides.
        if (--count == 0) return text[i + 1] > ' ' ? PlainWords{true, i} : PlainWords{};
    }
    return {true, text.size()};
}

Value truncatewords(const Value& value, const Value* argument, FilterCall& call) {
    const auto length = to_integer(*argument);
    if (!length) return value;
    const std::string_view from = value.as_text();
    const PlainWords plain = plain_words(from, *length);
    std::string& text = call.text();
    if (plain.valid) {
        if (plain.size == from.size()) return value;
        text = from.substr(0, plain.size);
        text += " \xe2\x80\xa6";
        return FilterCall::result(text);
    }
    std::int64_t count = 0;
    bool more = false;
    each_word(from, [&](std::string_view word) {
        if (count >= *length) {
            more = true;
            return false;
        }
        if (count++ > 0) text += ' ';
        text += word;
        return true;
    });
    if (*length <= 0) {
        text.clear();
    } else if (more && !text.ends_with(" \xe2\x80\xa6")) {
        text += " \xe2\x80\xa6";
    }
    return FilterCall::result(text);
}

Value stringformat(const Value& value, const Value* argument, FilterCall& call) {
    std::string& text = call.text();
    const std::string format = argument->str();
    if (!append_printf(text, format, value)) return Value::borrow("");
    return FilterCall::result(text, value.is_safe() && format.ends_with('s'));
}

bool write_truncatewords(const Value& value, const Value* argument, FilterCall& call, bool escape) {
    const auto length = to_integer(*argument);
    if (!length) return false;
    const std::string_view text = value.as_text();
    const PlainWords words = plain_words(text, *length);
    if (!words.valid) return false;
    std::string& out = call.renderer().out();
    put_text(out, text.substr(0, words.size), escape);
    if (words.size < text.size()) out += " \xe2\x80\xa6";
    return true;
}

Value pprint(const Value& value, const Value*, FilterCall& call) {
    std::string& text = call.text();
    value.append_repr(text);
    return FilterCall::result(text);
}

}  // namespace

std::string_view truncation_ending() {
    return translation::translated("String to return when truncating text", "%(truncated_text)s\xe2\x80\xa6");
}

void add_text_filters(Library& library) {
    add_filter(library, "upper", upper, 0, 0, kUnsafeText, write_upper);
    add_filter(library, "lower", lower, 0, 0, kSafeText);
    add_filter(library, "capfirst", capfirst, 0, 0, kSafeText);
    add_filter(library, "title", title, 0, 0, kSafeText);
    add_filter(library, "center", center, 1, 1, kSafeText);
    add_filter(library, "ljust", ljust, 1, 1, kSafeText);
    add_filter(library, "rjust", rjust, 1, 1, kSafeText);
    add_filter(library, "cut", cut, 1, 1, kUnsafeText);
    add_filter(library, "addslashes", addslashes, 0, 0, kSafeText);
    add_filter(library, "slugify", slugify, 0, 0, kSafeText);
    add_filter(library, "wordcount", wordcount, 0, 0, kUnsafeText);
    add_filter(library, "wordwrap", wordwrap, 1, 1, kSafeText);
    add_filter(library, "make_list", make_list, 0, 0, kUnsafeText);
    add_filter(library, "phone2numeric", phone2numeric, 0, 0, kSafeFilter);
    add_filter(library, "truncatechars", truncatechars, 1, 1, kSafeText);
    add_filter(library, "truncatewords", truncatewords, 1, 1, kSafeText, write_truncatewords);
    add_filter(library, "stringformat", stringformat, 1, 1, kSafeFilter);
    add_filter(library, "pprint", pprint, 0, 0, kSafeFilter);
}

}  // namespace nuages::templates

#include <nuages/http/json.hpp>

#include <cmath>
#include <cstring>

namespace nuages::http::json {
namespace {

// 0: stands for itself; 'u': \u00XX; else the letter after the backslash.
constexpr char escape_of(unsigned char c) {
    switch (c) {
        case '"': return '"';
        case '\\': return '\\';
        case '\b': return 'b';
        case '\f': return 'f';
        case '\n': return 'n';
        case '\r': return 'r';
        case '\t': return 't';
        default: return c < 0x20 ? 'u' : '\0';
    }
}

struct EscapeTable {
    char of[256];
    constexpr EscapeTable() : of() {
        for (int c = 0; c < 256; ++c) of[c] = escape_of(static_cast<unsigned char>(c));
    }
};
constexpr EscapeTable kEscapes;

constexpr std::uint64_t kOnes = 0x0101010101010101u;
constexpr std::uint64_t kHighs = 0x8080808080808080u;

// Whether one of eight bytes is a quote, a backslash or a control character. May err on the side of true.
bool has_special(std::uint64_t word) {
    const std::uint64_t quote = word ^ kOnes * '"', backslash = word ^ kOnes * '\\';
    return (((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) | ((word - kOnes * 0x20) & ~word)) & kHighs;
}

void append_padded(std::string& out, std::int64_t number, int width) {
    char buffer[20];
    for (int i = width; i-- > 0; number /= 10) buffer[i] = static_cast<char>('0' + number % 10);
    out.append(buffer, static_cast<std::size_t>(width));
}

// JavaScript reads milliseconds only.
void append_milliseconds(std::string& out, Time time) {
    const int microsecond = time.microsecond();
    time.microseconds -= microsecond;
    time.append_iso(out);
    if (microsecond == 0) return;
    out += '.';
    append_padded(out, microsecond / 1000, 3);
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t start = 0, i = 0;
    while (i < text.size()) {
        if (i + 8 <= text.size()) {
            std::uint64_t word;
            std::memcpy(&word, text.data() + i, 8);
            if (!has_special(word)) {
                i += 8;
                continue;
            }
        }
        const char escape = kEscapes.of[static_cast<unsigned char>(text[i])];
        if (escape != 0) {
            out.append(text.data() + start, i - start);
            out += '\\';
            out += escape;
            if (escape == 'u') {
                constexpr char kDigits[] = "0123456789abcdef";
                out.append({'0', '0', kDigits[text[i] >> 4], kDigits[text[i] & 15]});
            }
            start = i + 1;
        }
        ++i;
    }
    out.append(text.data() + start, i - start);
    out += '"';
}

void append_number(std::string& out, double number) {
    if (!std::isfinite(number)) {
        out.append("null");
        return;
    }
    char buffer[40];
    const char* end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    out.append(buffer, static_cast<std::size_t>(end - buffer));
    if (std::string_view(buffer, static_cast<std::size_t>(end - buffer)).find_first_of(".e") == std::string_view::npos)
        out.append(".0");
}

void append_datetime(std::string& out, DateTime at) {
    out += '"';
    at.date().append_iso(out);
    out += 'T';
    append_milliseconds(out, at.time());
    out.append("Z\"");
}

void append_time(std::string& out, Time time) {
    out += '"';
    append_milliseconds(out, time);
    out += '"';
}

void append_duration(std::string& out, Duration span) {
    const bool negative = span.microseconds < 0;
    const std::int64_t total = negative ? -span.microseconds : span.microseconds;
    const std::int64_t seconds = total / 1'000'000;
    out.append(negative ? "\"-P" : "\"P").append(std::to_string(seconds / 86400)).append("DT");
    append_padded(out, seconds / 3600 % 24, 2);
    out += 'H';
    append_padded(out, seconds / 60 % 60, 2);
    out += 'M';
    append_padded(out, seconds % 60, 2);
    if (total % 1'000'000 != 0) {
        out += '.';
        append_padded(out, total % 1'000'000, 6);
    }
    out.append("S\"");
}

Object::Object(std::initializer_list<Member> members) {
    text += '{';
    for (const Member& member : members) {
        if (text.size() > 1) text += ',';
        append_string(text, member.name);
        text += ':';
        text += member.text;
    }
    text += '}';
}

}  // namespace nuages::http::json

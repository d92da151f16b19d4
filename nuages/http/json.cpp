#include <nuages/http/json.hpp>

#include <cmath>

namespace nuages::http::json {
namespace {

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
        utils::append_json_string(text, member.name);
        text += ':';
        text += member.text;
    }
    text += '}';
}

}  // namespace nuages::http::json

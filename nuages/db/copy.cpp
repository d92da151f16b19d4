#include <nuages/db/copy.hpp>
#include <nuages/db/errors.hpp>

#include <charconv>

namespace nuages::db {

namespace {

void append_text(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '\\': out += "\\\\"; break;
            case '\t': out += "\\t"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\0': throw DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes");
            default: out += c;
        }
    }
}

void append_bytes(std::string& out, std::string_view bytes) {
    constexpr const char* kHex = "0123456789abcdef";
    out += "\\\\x";
    for (const char c : bytes) {
        out += kHex[static_cast<unsigned char>(c) >> 4];
        out += kHex[static_cast<unsigned char>(c) & 15];
    }
}

template <class T> void append_number(std::string& out, T value) {
    char buffer[40];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

void check_year(Date date) {
    const int year = date.year();
    if (year < 1 || year > 9999) throw DataError("date out of range: the years 1 to 9999 can be stored");
}

void append_value(std::string& out, const Param& value) {
    switch (value.kind()) {
        case ParamKind::null: out += "\\N"; break;
        case ParamKind::boolean: out += value.integer() ? 't' : 'f'; break;
        case ParamKind::integer: append_number(out, value.integer()); break;
        case ParamKind::real:
            if (value.real() != value.real()) {
                out += "NaN";
            } else if (value.real() - value.real() != 0) {
                out += value.real() > 0 ? "Infinity" : "-Infinity";
            } else {
                append_number(out, value.real());
            }
            break;
        case ParamKind::blob: append_bytes(out, value.text()); break;
        case ParamKind::date:
            check_year(Date{value.integer()});
            Date{value.integer()}.append_iso(out);
            break;
        case ParamKind::time: Time{value.integer()}.append_iso(out); break;
        case ParamKind::datetime:
            check_year(DateTime{value.integer()}.date());
            DateTime{value.integer()}.append_iso(out, ' ', "+00");
            break;
        case ParamKind::duration:
            append_number(out, value.integer() / kMicrosecondsPerDay);
            out += " days ";
            append_number(out, value.integer() % kMicrosecondsPerDay);
            out += " microseconds";
            break;
        case ParamKind::text:
        case ParamKind::decimal:
        case ParamKind::uuid:
        case ParamKind::json: append_text(out, value.text()); break;
    }
}

}  // namespace

void append_copy_row(std::string& out, std::span<const Param> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i) out += '\t';
        append_value(out, values[i]);
    }
    out += '\n';
}

}  // namespace nuages::db

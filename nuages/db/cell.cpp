#include <nuages/db/cell.hpp>
#include <nuages/db/errors.hpp>

#include <charconv>
#include <string>

namespace nuages::db {

namespace {

constexpr std::string_view kind_name(CellKind kind) {
    switch (kind) {
        case CellKind::null: return "NULL";
        case CellKind::integer: return "an integer";
        case CellKind::real: return "a real number";
        case CellKind::text: return "text";
        case CellKind::blob: return "a blob";
        case CellKind::date: return "a date";
        case CellKind::time: return "a time";
        case CellKind::datetime: return "a date and time";
        case CellKind::duration: return "a duration";
    }
    return "";
}

[[noreturn]] void mismatch(const Cell& cell, std::string_view expected) {
    std::string message = "the column holds ";
    message.append(kind_name(cell.kind())).append(", not ").append(expected);
    if (cell.kind() == CellKind::text) message.append(": '").append(cell.text().substr(0, 80)).append("'");
    throw DataError(message);
}

template <class T> bool parse_number(std::string_view text, T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

template <class T> void decode_parsed(const Cell& cell, T& value, std::string_view expected) {
    if (cell.kind() != CellKind::text) mismatch(cell, expected);
    const auto parsed = T::parse(cell.text());
    if (!parsed) mismatch(cell, expected);
    value = *parsed;
}

}  // namespace

void Param::throw_out_of_range(unsigned long long value) {
    throw DataError("integer out of range: " + std::to_string(value) + " does not fit into 64 signed bits");
}

namespace detail {
void throw_does_not_fit(std::int64_t value) {
    throw DataError("integer out of range: " + std::to_string(value) + " does not fit the type asked for");
}
}  // namespace detail

void decode(const Cell& cell, bool& value) {
    std::int64_t number = 0;
    decode(cell, number);
    value = number != 0;
}

void decode(const Cell& cell, std::int64_t& value) {
    if (cell.kind() == CellKind::integer) {
        value = cell.integer();
    } else if (cell.kind() == CellKind::real && cell.real() >= -0x1p63 && cell.real() < 0x1p63 &&
               static_cast<double>(static_cast<std::int64_t>(cell.real())) == cell.real()) {
        value = static_cast<std::int64_t>(cell.real());
    } else if (cell.kind() != CellKind::text || !parse_number(cell.text(), value)) {
        mismatch(cell, "an integer");
    }
}

void decode(const Cell& cell, double& value) {
    if (cell.kind() == CellKind::real) {
        value = cell.real();
    } else if (cell.kind() == CellKind::integer) {
        value = static_cast<double>(cell.integer());
    } else if (cell.kind() != CellKind::text || !parse_number(cell.text(), value)) {
        mismatch(cell, "a number");
    }
}

void decode(const Cell& cell, std::string& value) {
    switch (cell.kind()) {
        case CellKind::text:
        case CellKind::blob: value.assign(cell.text()); break;
        case CellKind::integer: value = std::to_string(cell.integer()); break;
        case CellKind::real: {
            char buffer[32];
            value.assign(buffer, std::to_chars(buffer, buffer + sizeof buffer, cell.real()).ptr);
            break;
        }
        case CellKind::date: value = Date{cell.integer()}.iso(); break;
        case CellKind::time: value = Time{cell.integer()}.iso(); break;
        case CellKind::datetime: value = DateTime{cell.integer()}.iso(); break;
        case CellKind::duration: value = std::to_string(cell.integer()); break;
        case CellKind::null: mismatch(cell, "text");
    }
}

void decode(const Cell& cell, Date& value) {
    if (cell.kind() == CellKind::date) {
        value.days = cell.integer();
    } else if (cell.kind() == CellKind::datetime) {
        value = DateTime{cell.integer()}.date();
    } else {
        decode_parsed(cell, value, "a date");
    }
}

void decode(const Cell& cell, Time& value) {
    if (cell.kind() == CellKind::time) {
        value.microseconds = cell.integer();
    } else {
        decode_parsed(cell, value, "a time");
    }
}

void decode(const Cell& cell, DateTime& value) {
    if (cell.kind() == CellKind::datetime) {
        value.microseconds = cell.integer();
    } else if (cell.kind() == CellKind::date) {
        value = DateTime::combine(Date{cell.integer()}, {});
    } else if (cell.kind() == CellKind::text && cell.text().size() == 10) {  // a date in a datetime column
        Date date;
        decode(cell, date);
        value = DateTime::combine(date, {});
    } else {
        decode_parsed(cell, value, "a date and time");
    }
}

void decode(const Cell& cell, Duration& value) {
    if (cell.kind() == CellKind::duration) {
        value.microseconds = cell.integer();
    } else {
        decode(cell, value.microseconds);
    }
}

}  // namespace nuages::db

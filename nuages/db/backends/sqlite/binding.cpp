#include <nuages/db/backends/sqlite/detail/binding.hpp>
#include <nuages/db/backends/sqlite/detail/error_mapping.hpp>
#include <nuages/db/errors.hpp>

#include <cstring>
#include <string>

namespace nuages::db::sqlite::detail {

namespace {

/// True for well-formed UTF-8 (RFC 3629: no surrogates, nothing overlong). Runs of ASCII pass eight bytes at a time.
bool is_utf8(std::string_view text) noexcept {
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const end = at + text.size();
    while (at < end) {
        std::uint64_t word;
        if (end - at >= 8 && (std::memcpy(&word, at, 8), (word & 0x8080808080808080) == 0)) {
            at += 8;
            continue;
        }
        if (*at < 0x80) {
            ++at;
            continue;
        }
        const int length = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2;
        if (*at < 0xc2 || *at > 0xf4 || end - at < length) return false;
        const unsigned char first = at[0], second = at[1];
        if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
            (first == 0xf4 && second > 0x8f))
            return false;
        for (int i = 1; i < length; ++i) {
            if ((at[i] & 0xc0) != 0x80) return false;
        }
        at += length;
    }
    return true;
}

char* put(char* out, int number, int digits) {
    for (int i = digits; i-- > 0; number /= 10) out[i] = static_cast<char>('0' + number % 10);
    return out + digits;
}

char* put_date(char* out, Date date) {
    const utils::CivilDay day = date.civil();
    if (day.year < 1 || day.year > 9999)
        throw DataError("year " + std::to_string(day.year) + " is out of range: 1 to 9999 can be stored");
    out = put(out, day.year, 4);
    *out++ = '-';
    out = put(out, day.month, 2);
    *out++ = '-';
    return put(out, day.day, 2);
}

char* put_time(char* out, Time time) {
    out = put(out, time.hour(), 2);
    *out++ = ':';
    out = put(out, time.minute(), 2);
    *out++ = ':';
    out = put(out, time.second(), 2);
    if (time.microsecond() == 0) return out;
    *out++ = '.';
    return put(out, time.microsecond(), 6);
}

int bind_formatted(sqlite3_stmt* statement, int index, const Param& param) {
    char buffer[32];
    char* end = buffer;
    if (param.kind() == ParamKind::time) {
        end = put_time(end, Time{param.integer()});
    } else if (param.kind() == ParamKind::date) {
        end = put_date(end, Date{param.integer()});
    } else {
        const DateTime at{param.integer()};
        end = put_date(end, at.date());
        *end++ = ' ';
        end = put_time(end, at.time());
    }
    return sqlite3_bind_text(statement, index, buffer, static_cast<int>(end - buffer), SQLITE_TRANSIENT);
}

int bind_one(sqlite3_stmt* statement, int index, const Param& param) {
    switch (param.kind()) {
        case ParamKind::null: return sqlite3_bind_null(statement, index);
        case ParamKind::boolean:
        case ParamKind::integer:
        case ParamKind::duration: return sqlite3_bind_int64(statement, index, param.integer());
        case ParamKind::real:
            if (param.real() != param.real()) throw DataError("NaN cannot be stored: SQLite would keep a NULL");
            return sqlite3_bind_double(statement, index, param.real());
        case ParamKind::text:
        case ParamKind::decimal:
        case ParamKind::uuid:
        case ParamKind::json: {
            const std::string_view text = param.text();
            if (!is_utf8(text)) throw DataError("invalid byte sequence for encoding \"UTF8\"");
            // A null pointer would be bound as NULL.
            return sqlite3_bind_text64(statement, index, text.data() ? text.data() : "", text.size(), SQLITE_STATIC,
                                       SQLITE_UTF8);
        }
        case ParamKind::blob: {
            const std::string_view bytes = param.text();
            return sqlite3_bind_blob64(statement, index, bytes.data() ? bytes.data() : "", bytes.size(), SQLITE_STATIC);
        }
        case ParamKind::date:
        case ParamKind::time:
        case ParamKind::datetime: return bind_formatted(statement, index, param);
    }
    return SQLITE_MISUSE;
}

}  // namespace

void bind(sqlite3* connection, const Prepared& statement, std::span<const Param> params) {
    if (static_cast<std::size_t>(statement.params) != params.size()) [[unlikely]] {
        throw ProgrammingError("Incorrect number of bindings supplied. The current statement uses " +
                                   std::to_string(statement.params) + ", and there are " +
                                   std::to_string(params.size()) + " supplied.",
                               statement.sql);
    }
    int index = 0;
    for (const Param& param : params) {
        const int code = bind_one(statement.handle, ++index, param);
        if (code != SQLITE_OK) [[unlikely]]
            throw_error(connection, code, statement.sql);
    }
}

}  // namespace nuages::db::sqlite::detail

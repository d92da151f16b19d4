// Errors: the fields of an ErrorResponse as libpq words them, the class by the SQLSTATE as psycopg chooses it.
#include <nuages/db/backends/postgresql/detail/protocol.hpp>
#include <nuages/db/errors.hpp>

#include <algorithm>
#include <charconv>
#include <vector>

namespace nuages::db::postgresql::detail {

namespace {

constexpr std::size_t kColumnsShown = 60;
constexpr std::size_t kColumnsRight = 10;  // kept to the right of the caret where the line is cut

/// Where each character of TEXT begins, and its end.
std::vector<std::size_t> character_starts(std::string_view text) {
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) starts.push_back(i);
    }
    starts.push_back(text.size());
    return starts;
}

/// "LINE 2: ... FROM nowhere" and a caret below the character that POSITION (from 1) counts.
std::string shown_position(std::string_view sql, std::size_t position) {
    const std::vector<std::size_t> starts = character_starts(sql);
    if (position == 0 || position > starts.size()) return {};
    std::size_t number = 1, line = 0;
    const std::size_t target = position - 1;
    for (std::size_t i = 0; i < target && i + 1 < starts.size(); ++i) {
        if (sql[starts[i]] == '\n') {
            ++number;
            line = i + 1;
        }
    }
    std::size_t end = line;
    while (end + 1 < starts.size() && sql[starts[end]] != '\n' && sql[starts[end]] != '\r') ++end;
    bool cut_left = false, cut_right = false;
    if (end - line > kColumnsShown) {
        if (target < line + kColumnsShown - kColumnsRight) {
            end = line + kColumnsShown;
            cut_right = true;
        } else {
            if (target + kColumnsRight < end) {
                end = target + kColumnsRight;
                cut_right = true;
            }
            line = end - kColumnsShown;
            cut_left = true;
        }
    }
    std::string out = "LINE " + std::to_string(number) + ": " + (cut_left ? "..." : "");
    const std::size_t indent = out.size() + target - line;
    std::string shown(sql.substr(starts[line], starts[end] - starts[line]));
    std::replace(shown.begin(), shown.end(), '\t', ' ');
    out += shown + (cut_right ? "..." : "") + "\n";
    out.append(indent, ' ');
    return out + "^";
}

template <class E> [[noreturn]] void raise(const ServerMessage& message, std::string_view sql) {
    throw E(message.text(sql), std::string(sql), message.code);
}

}  // namespace

ServerMessage ServerMessage::parse(std::string_view body) {
    ServerMessage out;
    MessageIn in(body);
    while (!in.empty() && !in.broken) {
        const char field = in.byte();
        if (field == '\0') break;
        const std::string_view value = in.cstring();
        switch (field) {
            case 'V': out.severity = value; break;
            case 'S':
                if (out.severity.empty()) out.severity = value;
                break;
            case 'C': out.code = value; break;
            case 'M': out.message = value; break;
            case 'D': out.detail = value; break;
            case 'H': out.hint = value; break;
            case 'W': out.context = value; break;
            case 'n': out.constraint = value; break;
            case 't': out.table = value; break;
            case 'c': out.column = value; break;
            case 'P': std::from_chars(value.data(), value.data() + value.size(), out.position); break;
            default: break;
        }
    }
    return out;
}

std::string ServerMessage::text(std::string_view sql) const {
    std::string out = message;
    const auto line = [&](const char* label, const std::string& value) {
        if (!value.empty()) out.append("\n").append(label).append(value);
    };
    line("", shown_position(sql, position));
    line("DETAIL:  ", detail);
    line("HINT:  ", hint);
    line("CONTEXT:  ", context);
    return out;
}

void throw_error(const ServerMessage& message, std::string_view sql) {
    const std::string_view group = std::string_view(message.code).substr(0, 2);
    const auto is = [&](std::initializer_list<std::string_view> groups) {
        return std::find(groups.begin(), groups.end(), group) != groups.end();
    };
    if (is({"23"})) raise<IntegrityError>(message, sql);
    if (is({"20", "21", "26", "34", "3D", "3F", "42", "44", "P0"})) raise<ProgrammingError>(message, sql);
    if (is({"22"})) raise<DataError>(message, sql);
    if (is({"0A", "02"})) raise<NotSupportedError>(message, sql);
    if (is({"24", "25", "2B", "2D", "XX"})) raise<InternalError>(message, sql);
    if (is({"08", "27", "28", "2F", "38", "39", "3B", "40", "53", "54", "55", "57", "58", "F0", "HV"}))
        raise<OperationalError>(message, sql);
    raise<DatabaseError>(message, sql);
}

void throw_lost(const std::string& reason, std::string_view sql) {
    throw OperationalError(reason.empty() ? "the connection is closed" : reason, std::string(sql), "08006");
}

}  // namespace nuages::db::postgresql::detail

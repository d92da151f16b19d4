// PostgreSQL's frontend/backend protocol 3.0, the part after the handshake: messages out, messages in.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace nuages::db::postgresql::detail {

inline std::uint16_t read_u16(const char* at) {
    std::uint16_t value;
    std::memcpy(&value, at, 2);
    return __builtin_bswap16(value);
}
inline std::uint32_t read_u32(const char* at) {
    std::uint32_t value;
    std::memcpy(&value, at, 4);
    return __builtin_bswap32(value);
}
inline std::uint64_t read_u64(const char* at) {
    std::uint64_t value;
    std::memcpy(&value, at, 8);
    return __builtin_bswap64(value);
}
inline std::int32_t read_i32(const char* at) { return static_cast<std::int32_t>(read_u32(at)); }
inline std::int64_t read_i64(const char* at) { return static_cast<std::int64_t>(read_u64(at)); }

inline void put_u16(std::string& out, std::uint16_t value) {
    value = __builtin_bswap16(value);
    out.append(reinterpret_cast<const char*>(&value), 2);
}
inline void put_u32(std::string& out, std::uint32_t value) {
    value = __builtin_bswap32(value);
    out.append(reinterpret_cast<const char*>(&value), 4);
}
inline void put_u64(std::string& out, std::uint64_t value) {
    value = __builtin_bswap64(value);
    out.append(reinterpret_cast<const char*>(&value), 8);
}
inline void put_cstring(std::string& out, std::string_view text) {
    out.append(text);
    out += '\0';
}

/// One message in a growing buffer: its length is filled in when the object goes.
class MessageOut {
public:
    MessageOut(std::string& out, char type) : out_(out), start_(out.size() + 1) {
        out_ += type;
        out_.append(4, '\0');
    }
    ~MessageOut() {
        const std::uint32_t length = __builtin_bswap32(static_cast<std::uint32_t>(out_.size() - start_));
        std::memcpy(out_.data() + start_, &length, 4);
    }
    MessageOut(const MessageOut&) = delete;
    MessageOut& operator=(const MessageOut&) = delete;

private:
    std::string& out_;
    std::size_t start_;
};

/// Bytes of a message that came in, read from the front; what is not there reads as zero and sets `broken`.
class MessageIn {
public:
    explicit MessageIn(std::string_view bytes) : bytes_(bytes) {}

    std::uint16_t u16() { return has(2) ? read_u16(take(2)) : 0; }
    std::uint32_t u32() { return has(4) ? read_u32(take(4)) : 0; }
    char byte() { return has(1) ? *take(1) : '\0'; }
    std::string_view cstring() {
        const std::size_t end = bytes_.find('\0');
        if (end == std::string_view::npos) {
            broken = true;
            return {};
        }
        const std::string_view text = bytes_.substr(0, end);
        bytes_.remove_prefix(end + 1);
        return text;
    }
    std::string_view bytes(std::size_t size) { return has(size) ? std::string_view(take(size), size) : std::string_view(); }
    bool empty() const { return bytes_.empty(); }

    bool broken = false;

private:
    bool has(std::size_t size) {
        if (bytes_.size() >= size) return true;
        broken = true;
        return false;
    }
    const char* take(std::size_t size) {
        const char* at = bytes_.data();
        bytes_.remove_prefix(size);
        return at;
    }
    std::string_view bytes_;
};

/// An ErrorResponse or NoticeResponse.
struct ServerMessage {
    std::string severity, code, message, detail, hint, context, constraint, table, column;
    std::size_t position = 0;  ///< in characters, 1 is the first; 0: none

    static ServerMessage parse(std::string_view body);
    /// What libpq shows of it, without the severity: message, the line of SQL with a caret, DETAIL, HINT, CONTEXT.
    std::string text(std::string_view sql) const;
    bool fatal() const { return severity == "FATAL" || severity == "PANIC"; }
};

/// Throws the exception of MESSAGE's SQLSTATE, classed as psycopg does.
[[noreturn]] void throw_error(const ServerMessage& message, std::string_view sql);

/// OperationalError for a connection that has gone.
[[noreturn]] void throw_lost(const std::string& reason, std::string_view sql);

}  // namespace nuages::db::postgresql::detail

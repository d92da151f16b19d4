// Django's text functions for SQLite: padding, repeating, digests.
#include <nuages/db/backends/sqlite/functions.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/uuid.hpp>

#include <openssl/evp.h>
#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace nuages::db::sqlite {

namespace {

constexpr std::size_t kTextMax = 64 * 1024 * 1024;  // bytes that one call makes at most

bool any_null(int count, sqlite3_value** arguments) {
    for (int i = 0; i < count; ++i) {
        if (sqlite3_value_type(arguments[i]) == SQLITE_NULL) return true;
    }
    return false;
}

std::string_view text_of(sqlite3_value* value) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return {text ? text : "", static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

void give(sqlite3_context* context, const std::string& text) {
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

bool starts_letter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::size_t letters(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += starts_letter(c);
    return count;
}

/// The first COUNT letters.
std::string_view first(std::string_view text, std::size_t count) {
    std::size_t end = 0;
    while (end < text.size() && (count > 0 || !starts_letter(text[end]))) {
        if (starts_letter(text[end])) --count;
        ++end;
        while (end < text.size() && !starts_letter(text[end])) ++end;
    }
    return text.substr(0, end);
}

void pad(sqlite3_context* context, sqlite3_value** arguments, bool left) {
    if (any_null(3, arguments)) return sqlite3_result_null(context);
    const std::string_view text = text_of(arguments[0]), fill = text_of(arguments[2]);
    const std::int64_t length = sqlite3_value_int64(arguments[1]);
    const auto wanted = static_cast<std::size_t>(length < 0 ? 0 : length);
    const std::size_t have = letters(text);
    if (have >= wanted) return give(context, std::string(first(text, wanted)));
    if (fill.empty()) return give(context, std::string(text));
    if ((wanted - have) > kTextMax / 4) return sqlite3_result_error_toobig(context);
    const std::size_t unit = letters(fill);
    std::string padding;
    std::size_t missing = wanted - have;
    for (; missing >= unit; missing -= unit) padding += fill;
    padding += first(fill, missing);
    give(context, left ? padding + std::string(text) : std::string(text) + padding);
}

void left_pad(sqlite3_context* context, int, sqlite3_value** arguments) { pad(context, arguments, true); }
void right_pad(sqlite3_context* context, int, sqlite3_value** arguments) { pad(context, arguments, false); }

void repeat(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (any_null(2, arguments)) return sqlite3_result_null(context);
    const std::string_view text = text_of(arguments[0]);
    const std::int64_t times = sqlite3_value_int64(arguments[1]);
    if (times > 0 && text.size() > kTextMax / static_cast<std::size_t>(times)) return sqlite3_result_error_toobig(context);
    std::string out;
    for (std::int64_t i = 0; i < times; ++i) out += text;
    give(context, out);
}

void reverse(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (any_null(1, arguments)) return sqlite3_result_null(context);
    const std::string_view text = text_of(arguments[0]);
    std::string out;
    for (std::size_t end = text.size(); end > 0;) {
        std::size_t start = end - 1;
        while (start > 0 && !starts_letter(text[start])) --start;
        out.append(text.substr(start, end - start));
        end = start;
    }
    give(context, out);
}

template <const EVP_MD* (*Digest)()> void digest(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (any_null(1, arguments)) return sqlite3_result_null(context);
    const std::string_view text = text_of(arguments[0]);
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), bytes, &size, Digest(), nullptr) != 1)
        return sqlite3_result_error(context, "this digest is not available", -1);
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (unsigned int i = 0; i < size; ++i) {
        out += kDigits[bytes[i] >> 4];
        out += kDigits[bytes[i] & 15];
    }
    give(context, out);
}

void uuid4(sqlite3_context* context, int, sqlite3_value**) { give(context, Uuid::random().hex()); }

// UUIDV7(), or UUIDV7(microseconds away from now).
void uuid7(sqlite3_context* context, int count, sqlite3_value** arguments) {
    std::int64_t shift = 0;
    if (count > 0) {
        if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return sqlite3_result_null(context);
        shift = sqlite3_value_int64(arguments[0]);
    }
    std::int64_t moment = 0;
    if (__builtin_add_overflow(timezone::now().microseconds, shift, &moment))
        return sqlite3_result_error(context, "the moment of a UUID does not fit 64 bits", -1);
    give(context, Uuid::version7_at(moment).hex());
}

}  // namespace

void register_text_functions(sqlite3* handle) {
    struct Function {
        const char* name;
        int arguments;
        void (*call)(sqlite3_context*, int, sqlite3_value**);
    };
    static constexpr Function kFunctions[] = {
        {"LPAD", 3, left_pad},           {"RPAD", 3, right_pad},          {"REPEAT", 2, repeat},
        {"REVERSE", 1, reverse},         {"MD5", 1, digest<EVP_md5>},     {"SHA1", 1, digest<EVP_sha1>},
        {"SHA224", 1, digest<EVP_sha224>}, {"SHA256", 1, digest<EVP_sha256>}, {"SHA384", 1, digest<EVP_sha384>},
        {"SHA512", 1, digest<EVP_sha512>},
    };
    for (const Function& function : kFunctions) {
        if (sqlite3_create_function_v2(handle, function.name, function.arguments, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                       nullptr, function.call, nullptr, nullptr, nullptr) != SQLITE_OK)
            throw OperationalError(sqlite3_errmsg(handle));
    }
    static constexpr Function kRandom[] = {{"UUIDV4", 0, uuid4}, {"UUIDV7", 0, uuid7}, {"UUIDV7", 1, uuid7}};
    for (const Function& function : kRandom) {
        if (sqlite3_create_function_v2(handle, function.name, function.arguments, SQLITE_UTF8, nullptr, function.call,
                                       nullptr, nullptr, nullptr) != SQLITE_OK)
            throw OperationalError(sqlite3_errmsg(handle));
    }
}

}  // namespace nuages::db::sqlite

#include <nuages/utils/uuid.hpp>

#include <nuages/base/error.hpp>

#include <openssl/rand.h>

#include <ctime>

namespace nuages {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != 32 && text.size() != 36) return std::nullopt;
    const bool hyphens = text.size() == 36;
    Uuid uuid;
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (hyphens && (i == 8 || i == 13 || i == 18 || i == 23)) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        const int digit = hex_digit(text[i]);
        if (digit < 0) return std::nullopt;
        uuid.bytes[digits / 2] = static_cast<std::uint8_t>(uuid.bytes[digits / 2] << 4 | digit);
        ++digits;
    }
    return uuid;
}

Uuid Uuid::random() {
    Uuid uuid;
    if (RAND_bytes(uuid.bytes, sizeof uuid.bytes) != 1) throw Error("The random number generator gives no bytes.");
    uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | 0x40);
    uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
    return uuid;
}

Uuid Uuid::version7() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return version7_at(static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000);
}

Uuid Uuid::version7_at(std::int64_t moment_us) {
    Uuid uuid = random();
    const std::int64_t us = moment_us < 0 ? 0 : moment_us, ms = us / 1000;
    for (int i = 0; i < 6; ++i) uuid.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    // The twelve bits behind the milliseconds are their fraction (RFC 9562, 6.2, method 3).
    const auto fraction = static_cast<unsigned>(us - ms * 1000) * 4096 / 1000;
    uuid.bytes[6] = static_cast<std::uint8_t>(0x70 | (fraction >> 8 & 0x0f));
    uuid.bytes[7] = static_cast<std::uint8_t>(fraction);
    return uuid;
}

std::string Uuid::hex() const {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(32);
    for (std::uint8_t byte : bytes) out.append({kDigits[byte >> 4], kDigits[byte & 15]});
    return out;
}

std::string Uuid::str() const {
    std::string out = hex();
    for (std::size_t at : {8u, 13u, 18u, 23u}) out.insert(at, 1, '-');
    return out;
}

}  // namespace nuages

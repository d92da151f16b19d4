#include <nuages/utils/base64.hpp>

namespace nuages::utils {

namespace {

// Without padding.
std::string encode(std::string_view bytes, std::string_view digits) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    unsigned bits = 0;
    int count = 0;  // of the bits that are no digit yet
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (count += 8; count >= 6; count -= 6) out += digits[bits >> (count - 6) & 63];
    }
    if (count > 0) out += digits[bits << (6 - count) & 63];
    return out;
}

int digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
    std::string out = encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    out.append((4 - out.size() % 4) % 4, '=');
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    std::string bytes;
    unsigned bits = 0;
    int digits = 0, pads = 0;  // of the present four
    for (const char c : text) {
        if (c == '=') {
            if (digits >= 2 && digits + ++pads >= 4) return bytes;
            continue;
        }
        const int value = digit(c);
        if (value < 0) continue;
        pads = 0;
        bits = (bits << 6 | static_cast<unsigned>(value)) & 0xfff;
        if (digits == 1) bytes += static_cast<char>(bits >> 4);
        if (digits == 2) bytes += static_cast<char>(bits >> 2);
        if (digits == 3) bytes += static_cast<char>(bits);
        digits = (digits + 1) % 4;
    }
    if (digits != 0) return std::nullopt;
    return bytes;
}

std::string urlsafe_base64_encode(std::string_view bytes) {
    return encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

std::optional<std::string> urlsafe_base64_decode(std::string_view text) {
    std::string standard(text);
    for (char& c : standard) c = c == '-' ? '+' : c == '_' ? '/' : c;
    standard.append(text.size() % 4, '=');
    return base64_decode(standard);
}

}  // namespace nuages::utils

#include <nuages/core/signing/signing.hpp>

#include <nuages/utils/base64.hpp>
#include <nuages/utils/crypto.hpp>
#include <nuages/utils/datetime.hpp>
#include <nuages/utils/json_text.hpp>
#include <nuages/utils/utf8.hpp>

#include <zlib.h>

#include <algorithm>
#include <utility>

namespace nuages::core::signing {
namespace {

constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

struct SecretKeys {
    std::string key;
    std::vector<std::string> fallbacks;
};

SecretKeys& secret_keys() {
    static SecretKeys keys;
    return keys;
}

bool stands_in_signatures(char c) {
    return (c >= 'A' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '=';
}

/// The text before the last separator, and the one behind it.
std::pair<std::string_view, std::string_view> split_last(std::string_view text, std::string_view sep) {
    const std::size_t at = text.rfind(sep);
    if (at == text.npos) throw BadSignature("No \"" + std::string(sep) + "\" found in value");
    return {text.substr(0, at), text.substr(at + sep.size())};
}

/// A JSON text in ASCII: other characters stand in its strings only, so each may become an escape.
std::string ascii_json(std::string_view json) {
    std::string out;
    for (std::size_t i = 0; i < json.size();) {
        if (static_cast<unsigned char>(json[i]) < 0x80) {
            out += json[i++];
            continue;
        }
        const utils::Utf8Step step = utils::utf8_step(json, i);
        utils::append_json_escape(out, step.code_point);
        i += step.size;
    }
    return out;
}

std::string packed(std::string_view text) {
    uLongf size = compressBound(text.size());
    std::string out(size, '\0');
    if (compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()), text.size(),
                  Z_DEFAULT_COMPRESSION) != Z_OK)
        throw Error("zlib could not compress the object.");
    out.resize(size);
    return out;
}

std::string unpacked(std::string_view text) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) throw Error("zlib could not be set up.");
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    std::string out;
    char piece[16 * 1024];
    int code = Z_OK;
    while (code == Z_OK && out.size() <= kObjectBytesMax) {
        stream.next_out = reinterpret_cast<Bytef*>(piece);
        stream.avail_out = sizeof piece;
        code = inflate(&stream, Z_NO_FLUSH);
        out.append(piece, sizeof piece - stream.avail_out);
    }
    inflateEnd(&stream);
    if (code != Z_STREAM_END || out.size() > kObjectBytesMax) throw BadSignature("The signed object cannot be unpacked.");
    return out;
}

std::string encoded_object(std::string_view json, bool compress) {
    const std::string text = ascii_json(json);
    if (compress) {
        std::string shorter = packed(text);
        if (shorter.size() < text.size() - std::min<std::size_t>(text.size(), 1)) return "." + utils::urlsafe_base64_encode(shorter);
    }
    return utils::urlsafe_base64_encode(text);
}

std::string decoded_object(std::string_view text) {
    const bool is_packed = text.starts_with('.');
    const auto bytes = utils::urlsafe_base64_decode(text.substr(is_packed));
    if (!bytes) throw BadSignature("The signed object is no base64.");
    return is_packed ? unpacked(*bytes) : *bytes;
}

std::string shortest(double number) {
    std::string text = std::to_string(number);
    while (text.back() == '0') text.pop_back();
    return text.back() == '.' ? text + "0" : text;
}

}  // namespace

void set_secret_keys(std::string key, std::vector<std::string> fallbacks) {
    secret_keys() = {std::move(key), std::move(fallbacks)};
}

Signer::Signer(SignerOptions options, std::string_view own_salt) : options_(std::move(options)) {
    if (std::all_of(options_.sep.begin(), options_.sep.end(), stands_in_signatures))
        throw Error("Unsafe Signer separator: '" + options_.sep + "' (cannot be empty or consist of only A-z0-9-_=)");
    if (options_.key.empty()) options_.key = secret_keys().key;
    if (options_.key.empty()) throw ImproperlyConfigured("The SECRET_KEY setting must not be empty.");
    if (options_.salt.empty()) options_.salt = own_salt;
    if (!options_.fallback_keys) options_.fallback_keys = secret_keys().fallbacks;
}

std::string Signer::signature(std::string_view value, std::string_view key) const {
    return utils::urlsafe_base64_encode(utils::salted_hmac(options_.salt + "signer", value, key, options_.algorithm));
}

std::string Signer::sign(std::string_view value) const {
    return std::string(value).append(options_.sep).append(signature(value));
}

std::string Signer::unsign(std::string_view signed_value) const {
    const auto [value, given] = split_last(signed_value, options_.sep);
    bool fits = utils::constant_time_compare(given, signature(value));
    for (const std::string& key : *options_.fallback_keys)
        fits = fits || utils::constant_time_compare(given, signature(value, key));
    if (!fits) throw BadSignature("Signature \"" + std::string(given) + "\" does not match");
    return std::string(value);
}

std::string Signer::sign_object(std::string_view json, bool compress) const { return sign(encoded_object(json, compress)); }
std::string Signer::unsign_object(std::string_view signed_object) const { return decoded_object(unsign(signed_object)); }

std::string TimestampSigner::sign(std::string_view value) const {
    const std::int64_t now = utils::floor_div(timezone::now().microseconds, 1'000'000);
    return Signer::sign(std::string(value).append(sep()).append(b62_encode(now)));
}

std::string TimestampSigner::unsign(std::string_view signed_value, std::optional<Duration> max_age) const {
    const std::string both = Signer::unsign(signed_value);
    const auto [value, stamp] = split_last(both, sep());
    const auto signed_at = b62_decode(stamp);
    if (!signed_at || *signed_at > 1'000'000'000'000 || *signed_at < -1'000'000'000'000)
        throw BadSignature("The signed time \"" + std::string(stamp) + "\" is none.");
    if (max_age) {
        const std::int64_t age = timezone::now().microseconds - *signed_at * 1'000'000;
        if (age > max_age->microseconds)
            throw SignatureExpired("Signature age " + shortest(static_cast<double>(age) / 1e6) + " > " +
                                   std::to_string(max_age->microseconds / 1'000'000) + " seconds");
    }
    return std::string(value);
}

std::string TimestampSigner::sign_object(std::string_view json, bool compress) const {
    return sign(encoded_object(json, compress));
}
std::string TimestampSigner::unsign_object(std::string_view signed_object, std::optional<Duration> max_age) const {
    return decoded_object(unsign(signed_object, max_age));
}

std::string dumps(std::string_view json, const DumpOptions& options) {
    return TimestampSigner({.key = options.key, .salt = options.salt}).sign_object(json, options.compress);
}

std::string loads(std::string_view text, const LoadOptions& options) {
    return TimestampSigner({.key = options.key, .salt = options.salt, .fallback_keys = options.fallback_keys})
        .unsign_object(text, options.max_age);
}

TimestampSigner get_cookie_signer(std::string salt) {
    const auto key_of = [](const std::string& key) { return "django.http.cookies" + key; };
    const SecretKeys& keys = secret_keys();
    if (keys.key.empty()) throw ImproperlyConfigured("The SECRET_KEY setting must not be empty.");
    std::vector<std::string> fallbacks;
    for (const std::string& key : keys.fallbacks) fallbacks.push_back(key_of(key));
    return TimestampSigner({.key = key_of(keys.key), .salt = std::move(salt), .fallback_keys = std::move(fallbacks)});
}

std::string b62_encode(std::int64_t number) {
    if (number == 0) return "0";
    std::uint64_t rest = number < 0 ? ~static_cast<std::uint64_t>(number) + 1 : static_cast<std::uint64_t>(number);
    std::string out;
    for (; rest > 0; rest /= 62) out.insert(out.begin(), kBase62[rest % 62]);
    return number < 0 ? "-" + out : out;
}

std::optional<std::int64_t> b62_decode(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative) text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    std::int64_t number = 0;
    for (const char c : text) {
        const std::size_t digit = kBase62.find(c);
        if (digit == kBase62.npos || __builtin_mul_overflow(number, std::int64_t{62}, &number) ||
            __builtin_add_overflow(number, static_cast<std::int64_t>(digit), &number))
            return std::nullopt;
    }
    return is_negative ? -number : number;
}

}  // namespace nuages::core::signing

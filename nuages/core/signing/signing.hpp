// Signing: values that a client keeps and cannot change (django.core.signing). The formats are Django's.
//
//     signing::Signer signer({.salt = "shop.invoice"});
//     std::string token = signer.sign("42");            // "42:GdMGD6HNQ_..."
//     std::string number = signer.unsign(token);        // throws BadSignature
#pragma once

#include <nuages/base/duration.hpp>
#include <nuages/base/error.hpp>
#include <nuages/core/signing/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::core::signing {

/// The signature does not fit the value.
NUAGES_DEFINE_ERROR(BadSignature, Error);
/// The signature fits, but is older than it may be.
NUAGES_DEFINE_ERROR(SignatureExpired, BadSignature);

/// The most bytes that a compressed object is unpacked to.
inline constexpr std::size_t kObjectBytesMax = 16 * 1024 * 1024;

/// SECRET_KEY and SECRET_KEY_FALLBACKS: the site sets them once at start-up.
void set_secret_keys(std::string key, std::vector<std::string> fallbacks = {});

struct SignerOptions {
    std::string key = {};  ///< empty: SECRET_KEY
    std::string sep = ":";
    std::string salt = {};  ///< empty: the class's own
    std::string algorithm = "sha256";
    /// Keys whose signatures are accepted as well; nothing: SECRET_KEY_FALLBACKS.
    std::optional<std::vector<std::string>> fallback_keys = std::nullopt;
};

class Signer {
public:
    /// Throws Error on a separator that could stand in a signature, ImproperlyConfigured without any key.
    explicit Signer(SignerOptions options = {}) : Signer(std::move(options), "django.core.signing.Signer") {}

    /// The signature alone.
    std::string signature(std::string_view value) const { return signature(value, options_.key); }
    /// "value:signature".
    std::string sign(std::string_view value) const;
    /// The value. Throws BadSignature.
    std::string unsign(std::string_view signed_value) const;
    /// A JSON text in URL-safe base64 with its signature; with COMPRESS packed when that is shorter.
    std::string sign_object(std::string_view json, bool compress = false) const;
    /// The JSON text. Throws BadSignature.
    std::string unsign_object(std::string_view signed_object) const;

protected:
    Signer(SignerOptions options, std::string_view own_salt);
    const std::string& sep() const { return options_.sep; }

private:
    std::string signature(std::string_view value, std::string_view key) const;

    SignerOptions options_;
};

/// Signs the time along with the value.
class TimestampSigner : public Signer {
public:
    explicit TimestampSigner(SignerOptions options = {})
        : Signer(std::move(options), "django.core.signing.TimestampSigner") {}

    /// "value:time:signature"; the time is now, in seconds, base 62.
    std::string sign(std::string_view value) const;
    /// The value. Throws SignatureExpired when it was signed longer than MAX_AGE ago, BadSignature.
    std::string unsign(std::string_view signed_value, std::optional<Duration> max_age = std::nullopt) const;
    std::string sign_object(std::string_view json, bool compress = false) const;
    std::string unsign_object(std::string_view signed_object, std::optional<Duration> max_age = std::nullopt) const;
};

struct DumpOptions {
    std::string key = {};  ///< empty: SECRET_KEY
    std::string salt = "django.core.signing";
    bool compress = false;
};
struct LoadOptions {
    std::string key = {};
    std::string salt = "django.core.signing";
    std::optional<Duration> max_age = std::nullopt;
    std::optional<std::vector<std::string>> fallback_keys = std::nullopt;
};
/// A JSON text as a signed, URL-safe text with its time.
std::string dumps(std::string_view json, const DumpOptions& options = {});
/// The JSON text of what dumps() made. Throws BadSignature, SignatureExpired.
std::string loads(std::string_view text, const LoadOptions& options = {});

/// The signer of cookies (HttpResponse.set_signed_cookie): SALT is the cookie's name and the caller's salt.
TimestampSigner get_cookie_signer(std::string salt);

/// Digits 0-9A-Za-z. The parser gives nothing for another character or a number past 64 bits.
std::string b62_encode(std::int64_t number);
std::optional<std::int64_t> b62_decode(std::string_view text);

}  // namespace nuages::core::signing

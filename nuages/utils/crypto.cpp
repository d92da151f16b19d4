#include <nuages/utils/crypto.hpp>

#include <nuages/base/error.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace nuages::utils {
namespace {

const EVP_MD* algorithm_of(std::string_view name) {
    const std::string terminated(name);
    if (const EVP_MD* algorithm = EVP_get_digestbyname(terminated.c_str())) return algorithm;
    throw Error("'" + terminated + "' is not an algorithm accepted by the hashlib module.");
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

bool constant_time_compare(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string get_random_string(std::size_t length, std::string_view allowed) {
    const unsigned limit = 256 - 256 % static_cast<unsigned>(allowed.size());  // above it some would be likelier
    std::string out;
    while (out.size() < length) {
        unsigned char random[64];
        if (RAND_bytes(random, sizeof random) != 1) throw Error("The random number generator gives no bytes.");
        for (unsigned char byte : random)
            if (byte < limit && out.size() < length) out += allowed[byte % allowed.size()];
    }
    return out;
}

std::string digest(std::string_view algorithm, std::string_view content) {
    const EVP_MD* how = algorithm_of(algorithm);
    std::string out(static_cast<std::size_t>(EVP_MD_size(how)), '\0');
    if (EVP_Digest(content.data(), content.size(), bytes_of(out), nullptr, how, nullptr) != 1)
        throw Error("OpenSSL could not compute a digest.");
    return out;
}

std::string hmac(std::string_view algorithm, std::string_view key, std::string_view content) {
    const EVP_MD* how = algorithm_of(algorithm);
    std::string out(static_cast<std::size_t>(EVP_MD_size(how)), '\0');
    unsigned size = 0;
    HMAC(how, key.data(), static_cast<int>(key.size()), bytes_of(content), content.size(), bytes_of(out), &size);
    return out;
}

std::string salted_hmac(std::string_view key_salt, std::string_view value, std::string_view secret,
                        std::string_view algorithm) {
    return hmac(algorithm, digest(algorithm, std::string(key_salt).append(secret)), value);
}

std::string pbkdf2(std::string_view password, std::string_view salt, int iterations, std::size_t length,
                   std::string_view algorithm) {
    const EVP_MD* how = algorithm_of(algorithm);
    std::string out(length != 0 ? length : static_cast<std::size_t>(EVP_MD_size(how)), '\0');
    if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes_of(salt),
                          static_cast<int>(salt.size()), iterations, how, static_cast<int>(out.size()),
                          bytes_of(out)) != 1)
        throw Error("OpenSSL could not derive a key.");
    return out;
}

std::string hex(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (char c : bytes) out.append({kDigits[static_cast<unsigned char>(c) >> 4], kDigits[c & 15]});
    return out;
}

std::string md5_hex(std::string_view content) { return hex(digest("md5", content)); }

}  // namespace nuages::utils

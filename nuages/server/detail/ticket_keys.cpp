#include <nuages/server/detail/ticket_keys.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace nuages::server::detail {

namespace {

template <std::size_t kSize>
void derive(const std::string& secret, const char* purpose, std::int64_t period, std::array<unsigned char, kSize>& out) {
    const std::string text = std::string(purpose) + " " + std::to_string(period);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
    std::copy_n(digest, kSize, out.begin());
}

}  // namespace

TicketKeys ticket_keys(const std::string& secret, std::int64_t period) {
    TicketKeys keys{};
    derive(secret, "nuages ticket name", period, keys.name);
    derive(secret, "nuages ticket cipher", period, keys.cipher);
    derive(secret, "nuages ticket mac", period, keys.mac);
    return keys;
}

}  // namespace nuages::server::detail

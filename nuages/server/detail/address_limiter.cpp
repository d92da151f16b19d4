#include <nuages/server/detail/address_limiter.hpp>

#include <arpa/inet.h>

namespace nuages::server::detail {

namespace {

constexpr std::size_t kV6NetworkBytes = 8;

std::string client_of(std::string_view address) {
    std::string text(address);
    in6_addr v6{};
    if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return text;
    return {reinterpret_cast<const char*>(v6.s6_addr), kV6NetworkBytes};
}

}  // namespace

bool AddressLimiter::enter(std::string_view address) {
    const std::string client = client_of(address);
    const std::lock_guard lock(mutex_);
    std::size_t& count = counts_[client];
    if (count >= limit_) return false;
    ++count;
    return true;
}

void AddressLimiter::leave(std::string_view address) noexcept {
    const std::string client = client_of(address);
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(client);
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

}  // namespace nuages::server::detail

// How many connections each client has: so that one of them can't take all the places.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace nuages::server::detail {

/// For all threads of a server. An IPv6 client is its /64: it has all addresses of that.
class AddressLimiter {
public:
    /// 0: any number. Before the first connection.
    void set_limit(std::size_t limit) noexcept { limit_ = limit; }
    bool is_on() const noexcept { return limit_ != 0; }
    /// False when the client has as many as it may; else leave() must follow.
    bool enter(std::string_view address);
    void leave(std::string_view address) noexcept;

private:
    std::size_t limit_ = 0;
    std::mutex mutex_;
    std::unordered_map<std::string, std::size_t> counts_;
};

}  // namespace nuages::server::detail

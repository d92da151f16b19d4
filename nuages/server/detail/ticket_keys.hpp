// Keys of TLS session tickets (RFC 5077), derived from one secret and the time: processes that share the secret need not
// talk to each other, and an old ticket can't be read once its keys are two periods old.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace nuages::server::detail {

struct TicketKeys {
    std::array<unsigned char, 16> name;
    std::array<unsigned char, 32> cipher;
    std::array<unsigned char, 32> mac;
};

inline constexpr std::int64_t kTicketPeriodSeconds = 12 * 3600;

/// The keys of a period (seconds since 1970 / kTicketPeriodSeconds).
TicketKeys ticket_keys(const std::string& secret, std::int64_t period);

}  // namespace nuages::server::detail

// IP addresses as text (django.utils.ipv6, and the part of Python's ipaddress that validation needs).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nuages::utils {

/// The longest text that is looked at.
inline constexpr std::size_t kMaxIpv6AddressLength = 39;

/// Four decimal numbers up to 255, without leading zeros.
bool is_valid_ipv4_address(std::string_view text);
/// An IPv6 address, maybe with an IPv4 tail or a zone ("%eth0").
bool is_valid_ipv6_address(std::string_view text);
/// The shortest form in lower case ("2001:db8::1"). "::ffff:a.b.c.d" keeps its dotted tail, or becomes "a.b.c.d" with
/// `unpack_ipv4`. Nothing when it is not valid or longer than `max_length`.
std::optional<std::string> clean_ipv6_address(std::string_view text, bool unpack_ipv4 = false,
                                              std::size_t max_length = kMaxIpv6AddressLength);

}  // namespace nuages::utils

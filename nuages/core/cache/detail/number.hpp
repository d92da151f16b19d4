// The number that incr() finds in an entry.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nuages::core::cache::detail {

/// The number in TEXT and DELTA; throws Error naming KEY when it is no whole number of 64 bits.
std::int64_t increased(std::string_view text, std::int64_t delta, const std::string& key);

}  // namespace nuages::core::cache::detail

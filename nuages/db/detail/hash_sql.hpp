// The hash by which backends find the statements that they know.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace nuages::db::detail {

/// For tables of statements by their text: eight bytes at a time. Not for texts that a stranger chooses.
inline std::uint64_t hash_sql(std::string_view sql) noexcept {
    constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15;
    std::uint64_t hash = sql.size() * kMultiplier;
    const char* at = sql.data();
    std::size_t left = sql.size();
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t word;
        std::memcpy(&word, at, 8);
        hash = (hash ^ word) * kMultiplier;
        hash ^= hash >> 32;
    }
    std::uint64_t word = 0;
    if (left) std::memcpy(&word, at, left);
    hash = (hash ^ word) * kMultiplier;
    return hash ^ (hash >> 29);
}

}  // namespace nuages::db::detail

// Which routes of a level a path can belong to, without looking at the others: 1,000 routes cost a binary search.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::routing {

class Pattern;

/// The routes of one level by the literals that their paths start with. The longest such literal that a path starts
/// with has the list of all routes that are left: its own and those of its shorter forms, in their order, so that the
/// first match wins as in a scan.
class RouteIndex {
public:
    /// Of PATTERNS, in order; they are not kept.
    void build(const std::vector<const Pattern*>& patterns);

    /// A route by its position, and what its paths end with (up to eight bytes, the last one in the highest place).
    struct Candidate {
        std::uint32_t route = 0;
        std::uint64_t end_bits = 0;
        std::uint64_t end_mask = 0;

        bool may_end(std::uint64_t last_bytes) const noexcept { return (last_bytes & end_mask) == end_bits; }
    };
    /// Empty when no route starts like PATH.
    std::span<const Candidate> candidates(std::string_view path) const noexcept;
    /// For may_end().
    static std::uint64_t last_bytes(std::string_view path) noexcept;

private:
    struct Entry {
        std::string prefix;
        std::int32_t parent = -1;  // the longest other prefix that this one starts with
        std::vector<Candidate> candidates;
    };
    std::vector<std::uint64_t> keys_;  // the entries' first eight bytes, in an order that numbers share with texts
    std::vector<Entry> entries_;       // sorted by prefix
};

}  // namespace nuages::routing

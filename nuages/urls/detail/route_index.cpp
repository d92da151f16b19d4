#include <nuages/urls/detail/route_index.hpp>

#include <nuages/urls/detail/pattern.hpp>

#include <algorithm>
#include <bit>
#include <cstring>

namespace nuages::routing {

namespace {

constexpr std::size_t kKeySize = 8;

std::uint64_t from_big_endian(const char* bytes) {
    std::uint64_t number;
    std::memcpy(&number, bytes, sizeof number);
    return std::endian::native == std::endian::little ? __builtin_bswap64(number) : number;
}

// Numbers compare as the texts do; shorter texts are filled up with zeros.
std::uint64_t key_of(std::string_view text) {
    if (text.size() >= kKeySize) return from_big_endian(text.data());
    char bytes[kKeySize] = {};
    std::copy(text.begin(), text.end(), bytes);
    return from_big_endian(bytes);
}

}  // namespace

std::uint64_t RouteIndex::last_bytes(std::string_view path) noexcept {
    if (path.size() >= kKeySize) return __builtin_bswap64(from_big_endian(path.data() + path.size() - kKeySize));
    char bytes[kKeySize] = {};
    std::copy(path.begin(), path.end(), bytes + kKeySize - path.size());
    return __builtin_bswap64(from_big_endian(bytes));
}

void RouteIndex::build(const std::vector<const Pattern*>& patterns) {
    std::vector<std::string> prefixes;
    for (const Pattern* pattern : patterns) prefixes.emplace_back(pattern->prefix());
    std::sort(prefixes.begin(), prefixes.end());
    prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
    for (std::string& prefix : prefixes) {
        Entry entry{std::move(prefix), static_cast<std::int32_t>(entries_.size()) - 1, {}};
        while (entry.parent >= 0 && !entry.prefix.starts_with(entries_[static_cast<std::size_t>(entry.parent)].prefix))
            entry.parent = entries_[static_cast<std::size_t>(entry.parent)].parent;
        keys_.push_back(key_of(entry.prefix));
        entries_.push_back(std::move(entry));
    }
    for (std::uint32_t i = 0; i < patterns.size(); ++i) {
        Candidate candidate{i, 0, 0};
        std::string_view end = patterns[i]->suffix();
        if (end.size() > kKeySize) end.remove_prefix(end.size() - kKeySize);
        candidate.end_bits = last_bytes(end);
        candidate.end_mask = end.empty() ? 0 : ~std::uint64_t{0} << 8 * (kKeySize - end.size());
        const auto own = std::lower_bound(entries_.begin(), entries_.end(), patterns[i]->prefix(),
                                          [](const Entry& entry, std::string_view text) { return entry.prefix < text; });
        own->candidates.push_back(candidate);
    }
    // Parents stand before their children and are complete when these inherit.
    for (Entry& entry : entries_) {
        if (entry.parent < 0) continue;
        const std::vector<Candidate>& above = entries_[static_cast<std::size_t>(entry.parent)].candidates;
        entry.candidates.insert(entry.candidates.end(), above.begin(), above.end());
        std::sort(entry.candidates.begin(), entry.candidates.end(),
                  [](const Candidate& a, const Candidate& b) { return a.route < b.route; });
    }
}

// Whatever prefix the path starts with is the last entry that is not behind the path, or one that this starts with.
std::span<const RouteIndex::Candidate> RouteIndex::candidates(std::string_view path) const noexcept {
    const std::uint64_t key = key_of(path);
    auto at = std::upper_bound(keys_.begin(), keys_.end(), key) - keys_.begin();
    while (at > 0 && keys_[static_cast<std::size_t>(at - 1)] == key && entries_[static_cast<std::size_t>(at - 1)].prefix > path) --at;
    for (std::int32_t i = static_cast<std::int32_t>(at) - 1; i >= 0; i = entries_[static_cast<std::size_t>(i)].parent) {
        const Entry& entry = entries_[static_cast<std::size_t>(i)];
        if (path.starts_with(entry.prefix)) return entry.candidates;
    }
    return {};
}

}  // namespace nuages::routing

// Regular expressions by PCRE2 (JIT, UTF, Unicode classes, match limits), for what is compiled once and used often.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::utils {

/// What a search found: group 0 is the whole match. Views into the subject.
class RegexMatch {
public:
    static constexpr std::size_t kGroupsMax = 32;

    std::string_view group(std::size_t i) const {
        return matched(i) ? subject_.substr(start(i), end(i) - start(i)) : std::string_view{};
    }
    bool matched(std::size_t i) const { return i < kGroupsMax && starts_[i] != kUnset; }
    std::size_t start(std::size_t i = 0) const { return starts_[i]; }
    std::size_t end(std::size_t i = 0) const { return ends_[i]; }

private:
    friend class Regex;
    static constexpr std::size_t kUnset = static_cast<std::size_t>(-1);
    std::string_view subject_;
    std::size_t starts_[kGroupsMax];
    std::size_t ends_[kGroupsMax];
};

class Regex {
public:
    enum Flag : unsigned { kNone = 0, kIgnoreCase = 1, kDotAll = 2, kMultiLine = 4, kExtended = 8, kBytes = 16 };

    /// Throws Error with PCRE2's reason and the position. Python's \Z is understood as the very end.
    explicit Regex(std::string_view pattern, unsigned flags = kNone);
    ~Regex();
    Regex(Regex&& other) noexcept : code_(std::exchange(other.code_, nullptr)), flags_(other.flags_) {}
    Regex& operator=(Regex&& other) noexcept {
        std::swap(code_, other.code_);
        return *this;
    }

    /// Finds the first match at or after `from`. A subject that is no UTF-8, or one that costs too many steps, does not
    /// match.
    bool search(std::string_view subject, RegexMatch& match, std::size_t from = 0) const;
    bool search(std::string_view subject) const;
    /// Whether the match covers the whole subject.
    bool fullmatch(std::string_view subject, RegexMatch& match) const;
    /// Whether there is a match that starts at `from`.
    bool match_at(std::string_view subject, RegexMatch& match, std::size_t from = 0) const;

    std::size_t group_count() const;
    /// Names and numbers of the named groups, by number.
    std::vector<std::pair<std::string, std::size_t>> group_names() const;

private:
    bool run(std::string_view subject, RegexMatch& match, std::size_t from, std::uint32_t options) const;
    void* code_ = nullptr;
    unsigned flags_ = 0;
};

}  // namespace nuages::utils

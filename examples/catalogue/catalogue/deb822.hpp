// deb822 stanzas: the form of everything that apt and dpkg write (deb822(5)).
//
// The reader pulls bytes through a function and hands out one stanza at a time, so a file of any size costs one
// buffer. A stanza is a view into that buffer: it holds until the next call. What breaks the form is a Failure that
// names the line; the reader has then moved past that stanza and goes on with the next.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/base/result.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace catalogue {

/// A stanza of more bytes than this is malformed; the longest in Debian has some 80,000.
inline constexpr std::size_t kMaxStanzaBytes = 1 << 20;
/// A stanza of more fields than this is malformed; the most in Debian are some 25.
inline constexpr std::size_t kMaxStanzaFields = 200;

/// `Name: value`. The value keeps the line ends of its continuation lines, but no space around it.
struct StanzaField {
    std::string_view name;
    std::string_view value;
    std::uint64_t line = 0;  ///< where the value begins, counted from 1
};

/// Consecutive fields up to an empty line. Names are unique and compare without case.
struct Stanza {
    std::string_view text;
    std::span<const StanzaField> fields;
    std::uint64_t line = 0;  ///< its first line, counted from 1

    /// The field of that name, or nullptr.
    const StanzaField* find(std::string_view name) const;
    /// The value of that field, or an empty view.
    std::string_view operator[](std::string_view name) const;
};

/// Reads stanzas one after the other.
class StanzaReader {
public:
    /// Fills up to that many bytes and returns how many there were; 0 is the end of the input.
    using Source = nuages::Function<std::size_t(char*, std::size_t)>;

    explicit StanzaReader(Source source);

    /// The next stanza ("line 12: ..." where it is malformed), or nothing at the end of the input.
    std::optional<nuages::Result<Stanza>> next();

    /// How many bytes of the input have been dealt with.
    std::uint64_t position() const { return read_ - buffered().size(); }

private:
    std::string_view buffered() const { return {buffer_.data() + begin_, end_ - begin_}; }
    bool fill();
    void consume(std::size_t bytes);
    bool skip_blank_lines();
    std::optional<std::size_t> stanza_size();
    void discard_stanza();
    nuages::Result<Stanza> split(std::string_view text, std::uint64_t line);

    Source source_;
    std::string buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t read_ = 0;
    std::uint64_t line_ = 1;
    bool ended_ = false;
    std::vector<StanzaField> fields_;
};

/// True when TEXT is UTF-8 without control characters other than tab and line feed.
bool is_clean_text(std::string_view text);

/// A Failure that says "line N: REASON".
nuages::Failure malformed(std::uint64_t line, std::string_view reason);

}  // namespace catalogue

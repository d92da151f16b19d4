// Uuid: sixteen bytes, written as 8-4-4-4-12 hexadecimal digits (RFC 9562).
#pragma once

#include <compare>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace nuages {

class Value;

struct Uuid {
    /// For templates. Found by its argument only, so that no number becomes one.
    friend Value to_value(const Uuid& value);

    std::uint8_t bytes[16]{};

    /// Reads 32 hexadecimal digits, with or without the hyphens of the usual form; upper or lower case.
    static std::optional<Uuid> parse(std::string_view text);
    /// A random one (version 4), from the operating system's generator.
    static Uuid random();
    /// One that begins with the moment it is made at, so that later ones sort behind (version 7).
    static Uuid version7();
    /// The same for another moment, in microseconds of the Unix epoch.
    static Uuid version7_at(std::int64_t moment_us);

    /// Lower case, with hyphens: 36 characters.
    std::string str() const;
    /// Lower case, without hyphens: 32 characters.
    std::string hex() const;

    friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

/// As str().
std::ostream& operator<<(std::ostream& out, const Uuid& id);

}  // namespace nuages

template <> struct std::hash<nuages::Uuid> {
    std::size_t operator()(const nuages::Uuid& id) const noexcept {
        return std::hash<std::string_view>{}({reinterpret_cast<const char*>(id.bytes), sizeof id.bytes});
    }
};

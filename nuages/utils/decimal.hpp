// Decimal: an exact decimal number, sign × coefficient × 10^exponent, that reads, prints and rounds as Python's does.
//
// 32 bytes: a coefficient up to 2^64 - 1 stands in the object, a longer one on the heap (Boost.Multiprecision, in
// decimal.cpp). Reading is exact; results of arithmetic have at most 28 significant digits, half rounded to even, as in
// Python's default context. There are no NaN and no infinities: what would make one is an error.
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/base/ref.hpp>

#include <compare>
#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace nuages {

class Value;

/// A text that is no number, a division by zero, a result that does not fit (decimal.InvalidOperation and its kin).
NUAGES_DEFINE_ERROR(DecimalError, Error);

/// Where a result lies between two neighbours, or must go to one of them (decimal.ROUND_*).
enum class Rounding : std::uint8_t { half_even, half_up, half_down, down, up, floor, ceiling };

class Decimal {
public:
    /// For templates. Found by its argument only, so that no number becomes one.
    friend Value to_value(const Decimal& value);

    static constexpr int kPrecision = 28;           ///< Significant digits of results.
    static constexpr int kExponentMax = 999'999;    ///< Of the first digit, to either side, as in Python's context.
    static constexpr std::size_t kDigitsMax = 4096; ///< Digits that are read; more are refused, not rounded.

    Decimal() = default;
    template <std::integral T>
    requires(!std::same_as<T, bool>) Decimal(T value) {
        negative_ = value < 0;
        small_ = negative_ ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
    }
    /// Reads as `parse`; throws DecimalError.
    explicit Decimal(std::string_view text);

    /// Reads "12.50", "-.5", "1e-7", "1_000"; white space around it is skipped. Nothing for other texts (NaN and
    /// Infinity among them), more than kDigitsMax digits, or an exponent past kExponentMax.
    static std::optional<Decimal> parse(std::string_view text);
    /// The exact value of a double, as Decimal(0.1) is in Python: round it, or print the double and parse.
    /// Throws DecimalError for NaN and infinities.
    static Decimal from_double(double value);

    bool is_negative() const { return negative_; }  ///< True for -0 too.
    bool is_zero() const { return !big_ && small_ == 0; }
    explicit operator bool() const { return !is_zero(); }
    int exponent() const { return exponent_; }
    /// The digits of the coefficient, without sign or leading zeros; "0" for zero.
    std::string digits() const;
    int digit_count() const;
    /// The exponent of the first digit: 2 for 123.45.
    int adjusted() const { return exponent_ + digit_count() - 1; }
    bool is_integer() const;

    /// Python's str(): "12.50", "1E+3", "-0". At most kDigitsMax + 12 characters.
    std::string str() const;
    /// Without exponent, as format(d, "f"): "1000". Up to a million characters for numbers that stand so far out.
    std::string plain() const;
    double to_double() const;
    /// The whole part, towards zero; nothing when it is past 64 bits.
    std::optional<std::int64_t> to_integer() const;

    /// The same value with EXPONENT (-2: two places), as Decimal.quantize. Throws DecimalError when that takes more
    /// than PRECISION digits.
    Decimal quantize(int exponent, Rounding rounding = Rounding::half_even, int precision = kPrecision) const;
    /// At most PRECISION digits, as unary plus in Python.
    Decimal rounded(int precision = kPrecision, Rounding rounding = Rounding::half_even) const;
    /// Without trailing zeros: 1.50 is 1.5, 100 is 1E+2.
    Decimal normalized() const;
    Decimal abs() const;

    Decimal operator-() const;
    friend Decimal operator+(const Decimal& a, const Decimal& b);
    friend Decimal operator-(const Decimal& a, const Decimal& b);
    friend Decimal operator*(const Decimal& a, const Decimal& b);
    /// Throws DecimalError for a zero divisor.
    friend Decimal operator/(const Decimal& a, const Decimal& b);
    /// The remainder of the division towards zero; its sign is that of A.
    friend Decimal operator%(const Decimal& a, const Decimal& b);
    Decimal& operator+=(const Decimal& other) { return *this = *this + other; }
    Decimal& operator-=(const Decimal& other) { return *this = *this - other; }
    Decimal& operator*=(const Decimal& other) { return *this = *this * other; }
    Decimal& operator/=(const Decimal& other) { return *this = *this / other; }

    /// By value: 1.0 equals 1, and -0 equals 0.
    friend bool operator==(const Decimal& a, const Decimal& b) { return compare(a, b) == 0; }
    friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) { return compare(a, b) <=> 0; }

private:
    friend struct DecimalMath;
    static int compare(const Decimal& a, const Decimal& b);

    std::uint64_t small_ = 0;  // the coefficient, unless big_ holds it
    Ref<RefCounted> big_;
    std::int32_t exponent_ = 0;
    bool negative_ = false;
};

/// As str().
std::ostream& operator<<(std::ostream& out, const Decimal& number);

}  // namespace nuages

/// Equal numbers have the same hash, however many zeros they end in.
template <> struct std::hash<nuages::Decimal> {
    std::size_t operator()(const nuages::Decimal& number) const;
};

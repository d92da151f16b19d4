// The algorithms are those of the General Decimal Arithmetic specification, as Python's decimal module follows it.
#include <nuages/utils/decimal.hpp>

#include <boost/multiprecision/cpp_int.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace nuages {

namespace {

using Integer = boost::multiprecision::cpp_int;

struct Big : RefCounted {
    Integer value;
    explicit Big(Integer number) : value(std::move(number)) {}
};

constexpr std::uint64_t kPowers[] = {1ull,
                                     10ull,
                                     100ull,
                                     1'000ull,
                                     10'000ull,
                                     100'000ull,
                                     1'000'000ull,
                                     10'000'000ull,
                                     100'000'000ull,
                                     1'000'000'000ull,
                                     10'000'000'000ull,
                                     100'000'000'000ull,
                                     1'000'000'000'000ull,
                                     10'000'000'000'000ull,
                                     100'000'000'000'000ull,
                                     1'000'000'000'000'000ull,
                                     10'000'000'000'000'000ull,
                                     100'000'000'000'000'000ull,
                                     1'000'000'000'000'000'000ull,
                                     10'000'000'000'000'000'000ull};

int count_digits(std::uint64_t value) {
    int count = 1;
    while (count < 20 && value >= kPowers[count]) ++count;
    return count;
}

Integer power_of_ten(int exponent) {
    if (exponent < 20) return Integer(kPowers[exponent]);
    return boost::multiprecision::pow(Integer(10), static_cast<unsigned>(exponent));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

/// What reaches into a Decimal.
struct DecimalMath {
    static Integer coefficient(const Decimal& number) {
        return number.big_ ? static_cast<const Big&>(*number.big_).value : Integer(number.small_);
    }

    static Decimal make(bool negative, Integer coefficient, int exponent) {
        Decimal out;
        out.negative_ = negative;
        out.exponent_ = exponent;
        if (coefficient <= ~std::uint64_t{0})
            out.small_ = static_cast<std::uint64_t>(coefficient);
        else
            out.big_ = Ref<RefCounted>(new Big(std::move(coefficient)));
        return out;
    }

    static Decimal with_exponent(const Decimal& number, int exponent) {
        Decimal out = number;
        out.exponent_ = exponent;
        return out;
    }

    // Divides by 10^dropped and rounds; dropped is positive.
    static Integer shortened(const Decimal& number, int dropped, Rounding rounding) {
        if (number.is_zero()) return 0;
        Integer quotient = 0, rest, half;
        if (dropped > number.digit_count() + 1) {  // far below one half: its size does not matter
            rest = 1;
            half = 2;
        } else {
            const Integer divisor = power_of_ten(dropped);
            boost::multiprecision::divide_qr(coefficient(number), divisor, quotient, rest);
            rest *= 2;
            half = divisor;
        }
        if (rest.is_zero()) return quotient;
        const int side = rest.compare(half);
        bool away = false;
        switch (rounding) {
            case Rounding::half_even: away = side > 0 || (side == 0 && bit_test(quotient, 0)); break;
            case Rounding::half_up: away = side >= 0; break;
            case Rounding::half_down: away = side > 0; break;
            case Rounding::down: break;
            case Rounding::up: away = true; break;
            case Rounding::floor: away = number.negative_; break;
            case Rounding::ceiling: away = !number.negative_; break;
        }
        if (away) ++quotient;
        return quotient;
    }

    // The result of an operation: no more digits than the precision, an exponent within the limits.
    static Decimal fixed(const Decimal& number, int precision = Decimal::kPrecision,
                         Rounding rounding = Rounding::half_even) {
        const int excess = number.digit_count() - precision;
        Decimal out = number;
        if (excess > 0) {
            out = make(number.negative_, shortened(number, excess, rounding), number.exponent_ + excess);
            if (out.digit_count() > precision) out = make(out.negative_, coefficient(out) / 10, out.exponent_ + 1);
        }
        if (out.is_zero()) {
            out.exponent_ = std::clamp(out.exponent_, -Decimal::kExponentMax - precision + 1, Decimal::kExponentMax);
            return out;
        }
        if (out.adjusted() > Decimal::kExponentMax) throw DecimalError("the result is too large for a Decimal");
        const int lowest = -Decimal::kExponentMax - precision + 1;
        if (out.exponent_ < lowest)
            out = make(out.negative_, shortened(out, lowest - out.exponent_, rounding), lowest);
        return out;
    }

    static Decimal sum(const Decimal& a, const Decimal& b) {
        const int exponent = std::min(a.exponent_, b.exponent_);
        if (a.is_zero() && b.is_zero()) {
            Decimal out;
            out.negative_ = a.negative_ && b.negative_;
            out.exponent_ = exponent;
            return fixed(out);
        }
        if (a.is_zero() || b.is_zero()) {
            const Decimal& other = a.is_zero() ? b : a;
            const int wanted = std::max(exponent, other.exponent_ - Decimal::kPrecision - 1);
            return fixed(rescaled(other, wanted, Rounding::half_even));
        }
        const bool a_high = a.exponent_ >= b.exponent_;
        const Decimal& high = a_high ? a : b;
        Decimal low = a_high ? b : a;
        // What stands far below the last digit of the result only matters as "a little more".
        const int floor = high.exponent_ + std::min(-1, high.digit_count() - Decimal::kPrecision - 2);
        if (low.adjusted() < floor) low = make(low.negative_, 1, floor);
        Integer left = coefficient(high) * power_of_ten(high.exponent_ - low.exponent_);
        Integer right = coefficient(low);
        if (high.negative_) left = -left;
        if (low.negative_) right = -right;
        Integer total = left + right;
        const bool negative = total.sign() < 0;
        if (negative) total = -total;
        return fixed(make(negative, std::move(total), low.exponent_));
    }

    static Decimal rescaled(const Decimal& number, int exponent, Rounding rounding) {
        if (number.is_zero() || exponent == number.exponent_) return with_exponent(number, exponent);
        if (exponent < number.exponent_) {
            return make(number.negative_, coefficient(number) * power_of_ten(number.exponent_ - exponent), exponent);
        }
        return make(number.negative_, shortened(number, exponent - number.exponent_, rounding), exponent);
    }

    static Decimal quotient(const Decimal& a, const Decimal& b) {
        const bool negative = a.negative_ != b.negative_;
        if (b.is_zero()) throw DecimalError(a.is_zero() ? "zero divided by zero" : "division by zero");
        const int ideal = a.exponent_ - b.exponent_;
        if (a.is_zero()) return fixed(make(negative, 0, ideal));
        const int shift = b.digit_count() - a.digit_count() + Decimal::kPrecision + 1;
        int exponent = ideal - shift;
        Integer left = coefficient(a), right = coefficient(b), result, rest;
        if (shift >= 0)
            left *= power_of_ten(shift);
        else
            right *= power_of_ten(-shift);
        boost::multiprecision::divide_qr(left, right, result, rest);
        if (!rest.is_zero()) {
            if (result % 5 == 0) ++result;  // so that half is not taken for exact
        } else {
            while (exponent < ideal && result % 10 == 0) {
                result /= 10;
                ++exponent;
            }
        }
        return fixed(make(negative, std::move(result), exponent));
    }

    static Decimal remainder(const Decimal& a, const Decimal& b) {
        if (b.is_zero()) throw DecimalError("division by zero");
        const int ideal = std::min(a.exponent_, b.exponent_);
        if (a.is_zero()) return fixed(with_exponent(a, ideal));
        if (a.adjusted() < b.adjusted()) {  // a itself, with as many of the zeros up to b's last digit as fit
            const int shown = std::max(ideal, a.adjusted() + 1 - Decimal::kPrecision);
            return fixed(rescaled(a, std::min(a.exponent_, shown), Rounding::half_even));
        }
        const auto refuse = [] { throw DecimalError("the quotient of this remainder has more than 28 digits"); };
        if (a.adjusted() - b.adjusted() > Decimal::kPrecision) refuse();
        const Integer left = coefficient(a) * power_of_ten(a.exponent_ - ideal);
        const Integer right = coefficient(b) * power_of_ten(b.exponent_ - ideal);
        Integer whole, rest;
        boost::multiprecision::divide_qr(left, right, whole, rest);
        if (whole >= power_of_ten(Decimal::kPrecision)) refuse();
        return fixed(make(a.negative_, std::move(rest), ideal));
    }
};

Decimal::Decimal(std::string_view text) {
    auto number = parse(text);
    if (!number) throw DecimalError("'" + std::string(text.substr(0, 100)) + "' is not a decimal number.");
    *this = std::move(*number);
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    bool negative = false;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        negative = text[0] == '-';
        text.remove_prefix(1);
    }
    std::string digits;
    int fraction = 0;
    bool point = false, any = false;
    std::size_t i = 0;
    for (; i < text.size(); ++i) {
        const char c = text[i];
        if (is_digit(c)) {
            any = true;
            if (c != '0' || !digits.empty()) digits += c;
            if (point) ++fraction;
            if (digits.size() > kDigitsMax || fraction > kExponentMax) return std::nullopt;
        } else if (c == '.' && !point) {
            point = true;
        } else if (c != '_') {  // Python drops underscores wherever they stand
            break;
        }
    }
    if (!any) return std::nullopt;
    std::int64_t exponent = 0;
    if (i < text.size()) {
        if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
        std::string_view rest = text.substr(i + 1);
        if (!rest.empty() && rest[0] == '+') {
            rest.remove_prefix(1);
            if (!rest.empty() && rest[0] == '-') return std::nullopt;
        }
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
        if (error != std::errc() || end != rest.data() + rest.size()) return std::nullopt;
        if (exponent > 2 * kExponentMax || exponent < -2 * kExponentMax) return std::nullopt;
    }
    exponent -= fraction;
    const std::int64_t first = exponent + static_cast<std::int64_t>(digits.empty() ? 0 : digits.size() - 1);
    if (first > kExponentMax || first < -kExponentMax || exponent < -kExponentMax - kPrecision) return std::nullopt;
    Decimal out;
    if (digits.size() <= 19) {
        std::from_chars(digits.data(), digits.data() + digits.size(), out.small_);
        out.negative_ = negative;
        out.exponent_ = static_cast<std::int32_t>(exponent);
        return out;
    }
    return DecimalMath::make(negative, Integer(digits), static_cast<int>(exponent));
}

Decimal Decimal::from_double(double value) {
    if (!std::isfinite(value)) throw DecimalError("a Decimal cannot hold NaN or an infinity");
    int exponent = 0;
    const double fraction = std::frexp(std::abs(value), &exponent);
    Integer coefficient(static_cast<std::uint64_t>(std::ldexp(fraction, 53)));
    exponent -= 53;
    if (coefficient.is_zero()) return DecimalMath::make(std::signbit(value), 0, 0);
    while (exponent < 0 && !bit_test(coefficient, 0)) {
        coefficient >>= 1;
        ++exponent;
    }
    if (exponent >= 0) return DecimalMath::make(value < 0, coefficient << exponent, 0);
    // c / 2^n is c × 5^n / 10^n.
    coefficient *= boost::multiprecision::pow(Integer(5), static_cast<unsigned>(-exponent));
    return DecimalMath::make(value < 0, std::move(coefficient), exponent);
}

std::string Decimal::digits() const {
    return big_ ? static_cast<const Big&>(*big_).value.str() : std::to_string(small_);
}

int Decimal::digit_count() const {
    return big_ ? static_cast<int>(static_cast<const Big&>(*big_).value.str().size()) : count_digits(small_);
}

bool Decimal::is_integer() const {
    if (exponent_ >= 0 || is_zero()) return true;
    const std::string all = digits();
    const auto last = all.find_last_not_of('0');
    return static_cast<std::int64_t>(all.size() - 1 - last) >= -static_cast<std::int64_t>(exponent_);
}

std::string Decimal::str() const {
    const std::string all = digits();
    const int left = exponent_ + static_cast<int>(all.size());  // digits before the point
    const bool is_plain = exponent_ <= 0 && left > -6;
    const int point = is_plain ? left : 1;
    std::string out = negative_ ? "-" : "";
    if (point <= 0) {
        out += "0.";
        out.append(static_cast<std::size_t>(-point), '0');
        out += all;
    } else if (point >= static_cast<int>(all.size())) {
        out += all;
        out.append(static_cast<std::size_t>(point) - all.size(), '0');
    } else {
        out.append(all, 0, static_cast<std::size_t>(point));
        out += '.';
        out.append(all, static_cast<std::size_t>(point));
    }
    if (left != point) out += (left > point ? "E+" : "E") + std::to_string(left - point);
    return out;
}

std::string Decimal::plain() const {
    const std::string all = digits();
    std::string out = negative_ ? "-" : "";
    if (exponent_ >= 0) {
        out += all;
        if (!is_zero()) out.append(static_cast<std::size_t>(exponent_), '0');
        return out;
    }
    const auto places = static_cast<std::size_t>(-exponent_);
    if (all.size() <= places) {
        out += "0.";
        out.append(places - all.size(), '0');
        return out += all;
    }
    out.append(all, 0, all.size() - places);
    out += '.';
    return out.append(all, all.size() - places);
}

double Decimal::to_double() const { return std::strtod(str().c_str(), nullptr); }

std::optional<std::int64_t> Decimal::to_integer() const {
    if (is_zero() || adjusted() < 0) return 0;
    if (adjusted() > 18) return std::nullopt;
    const Integer whole = DecimalMath::coefficient(DecimalMath::rescaled(*this, 0, Rounding::down));
    const std::uint64_t limit = negative_ ? std::uint64_t{1} << 63 : (std::uint64_t{1} << 63) - 1;
    if (whole > limit) return std::nullopt;
    const auto magnitude = static_cast<std::uint64_t>(whole);
    return static_cast<std::int64_t>(negative_ ? ~magnitude + 1 : magnitude);
}

Decimal Decimal::quantize(int exponent, Rounding rounding, int precision) const {
    const auto refuse = [&]() -> Decimal {
        throw DecimalError("the number " + str().substr(0, 60) + " with " + std::to_string(-std::int64_t{exponent}) +
                           " decimal places has more than " + std::to_string(precision) + " digits");
    };
    if (exponent > kExponentMax || exponent < -kExponentMax - precision) return refuse();
    if (is_zero()) return DecimalMath::with_exponent(*this, exponent);
    if (adjusted() - std::int64_t{exponent} + 1 > precision) return refuse();
    Decimal out = DecimalMath::rescaled(*this, exponent, rounding);
    return out.digit_count() > precision ? refuse() : out;
}

Decimal Decimal::rounded(int precision, Rounding rounding) const {
    return DecimalMath::fixed(*this, std::max(1, precision), rounding);
}

Decimal Decimal::normalized() const {
    Decimal out = rounded();
    if (out.is_zero()) return DecimalMath::with_exponent(out, 0);
    Integer coefficient = DecimalMath::coefficient(out);
    int exponent = out.exponent_;
    while (coefficient % 10 == 0) {
        coefficient /= 10;
        ++exponent;
    }
    return DecimalMath::make(negative_, std::move(coefficient), exponent);
}

Decimal Decimal::abs() const {
    Decimal out = rounded();
    out.negative_ = false;
    return out;
}

Decimal Decimal::operator-() const {
    Decimal out = rounded();
    out.negative_ = !is_zero() && !negative_;
    return out;
}

Decimal operator+(const Decimal& a, const Decimal& b) { return DecimalMath::sum(a, b); }

Decimal operator-(const Decimal& a, const Decimal& b) {
    Decimal turned = b;
    turned.negative_ = !turned.negative_;
    return DecimalMath::sum(a, turned);
}

Decimal operator*(const Decimal& a, const Decimal& b) {
    return DecimalMath::fixed(DecimalMath::make(a.negative_ != b.negative_,
                                                DecimalMath::coefficient(a) * DecimalMath::coefficient(b),
                                                a.exponent_ + b.exponent_));
}

Decimal operator/(const Decimal& a, const Decimal& b) { return DecimalMath::quotient(a, b); }
Decimal operator%(const Decimal& a, const Decimal& b) { return DecimalMath::remainder(a, b); }

int Decimal::compare(const Decimal& a, const Decimal& b) {
    const int sign_a = a.is_zero() ? 0 : a.negative_ ? -1 : 1;
    const int sign_b = b.is_zero() ? 0 : b.negative_ ? -1 : 1;
    if (sign_a != sign_b || sign_a == 0) return sign_a - sign_b;
    if (a.exponent_ == b.exponent_ && !a.big_ && !b.big_)
        return a.small_ == b.small_ ? 0 : (a.small_ < b.small_ ? -sign_a : sign_a);
    const int first_a = a.adjusted(), first_b = b.adjusted();
    if (first_a != first_b) return first_a < first_b ? -sign_a : sign_a;
    // The first digits stand at the same place: the texts compare once they have the same length.
    std::string left = a.digits(), right = b.digits();
    const std::size_t length = std::max(left.size(), right.size());
    left.resize(length, '0');
    right.resize(length, '0');
    const int order = left.compare(right);
    return order == 0 ? 0 : (order < 0 ? -sign_a : sign_a);
}

}  // namespace nuages

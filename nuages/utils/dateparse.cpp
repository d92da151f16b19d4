#include <nuages/utils/dateparse.hpp>

#include <nuages/base/error.hpp>
#include <nuages/utils/regex.hpp>

#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>

namespace nuages::utils {
namespace {

int number(std::string_view digits) {
    int n = 0;
    for (char c : digits) n = n * 10 + (c - '0');
    return n;
}

// A fraction of a second in digits, at most six of which count.
int microseconds_of(std::string_view digits) {
    int n = number(digits.substr(0, 6));
    for (std::size_t i = digits.size(); i < 6; ++i) n *= 10;
    return n;
}

Date checked_date(int year, int month, int day) {
    if (year < 1) throw Error("year 0 is out of range");
    if (month < 1 || month > 12) throw Error("month must be in 1..12");
    const auto date = Date::checked(year, month, day);
    if (!date) throw Error("day is out of range for month");
    return *date;
}

Time checked_time(int hour, int minute, int second, int microsecond) {
    if (hour > 23) throw Error("hour must be in 0..23");
    if (minute > 59) throw Error("minute must be in 0..59");
    if (second > 59) throw Error("second must be in 0..59");
    return Time::from_hms(hour, minute, second, microsecond);
}

// What Python's fromisoformat() takes beyond the usual form: no separators, weeks.
std::optional<Date> iso_date(std::string_view text) {
    static const Regex basic("(\\d{4})(\\d{2})(\\d{2})", Regex::kBytes);
    static const Regex week("(\\d{4})(-?)W(\\d{2})(?:\\2([1-7]))?", Regex::kBytes);
    if (const auto date = Date::parse(text)) return date;
    RegexMatch match;
    if (basic.fullmatch(text, match))
        return Date::checked(number(match.group(1)), number(match.group(2)), number(match.group(3)));
    if (!week.fullmatch(text, match)) return std::nullopt;
    const int week_number = number(match.group(3));
    if (week_number < 1 || week_number > 53) return std::nullopt;
    const Date fourth = Date::from_ymd(number(match.group(1)), 1, 4);  // always in the first week
    const int day = match.matched(4) ? number(match.group(4)) : 1;
    return Date{fourth.days - fourth.weekday() + (week_number - 1) * 7 + day - 1};
}

struct IsoTime {
    Time time;
    std::optional<Duration> utc_offset;
};

std::optional<IsoTime> iso_time(std::string_view text) {
    static const Regex form(
        "(\\d{2})(?:(:?)(\\d{2})(?:\\2(\\d{2})(?:[.,](\\d+))?)?)?(?:(Z)|([+-])(\\d{2})(?::?(\\d{2}))?)?",
        Regex::kBytes);
    RegexMatch match;
    if (!form.fullmatch(text, match)) return std::nullopt;
    const int hour = number(match.group(1)), minute = number(match.group(3)), second = number(match.group(4));
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    IsoTime out{Time::from_hms(hour, minute, second, microseconds_of(match.group(5))), std::nullopt};
    if (match.matched(6)) out.utc_offset = Duration{};
    if (match.matched(7)) {
        const int offset = number(match.group(8)) * 60 + number(match.group(9));
        if (offset >= 24 * 60) return std::nullopt;
        out.utc_offset = minutes(match.group(7) == "-" ? -offset : offset);
    }
    return out;
}

double real(std::string_view text) {
    std::string plain(text);
    for (char& c : plain)
        if (c == ',') c = '.';
    return std::strtod(plain.c_str(), nullptr);
}

// A sum of microseconds that knows when it left 64 bits.
struct Total {
    std::int64_t microseconds = 0;
    bool fits = true;

    void add(std::string_view text, double unit, bool negative = false) {
        if (text.empty()) return;
        const double amount = real(text) * unit * 1e6 * (negative ? -1 : 1);
        if (std::fabs(amount) < 0x1p63) {
            add(std::llrint(amount));
        } else {
            fits = false;
        }
    }
    void add(std::int64_t amount) { fits = fits && !__builtin_add_overflow(microseconds, amount, &microseconds); }
    std::optional<Duration> duration() const {
        if (!fits || microseconds == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
        return Duration{microseconds};
    }
};

struct Parts {
    bool negative;
    std::int64_t days, hours, minutes, seconds, microseconds;
};

Parts parts_of(Duration span) {
    const std::int64_t days = floor_div(span.microseconds, kMicrosecondsPerDay);
    const std::int64_t cut = span.microseconds % kMicrosecondsPerDay, rest = cut < 0 ? cut + kMicrosecondsPerDay : cut;
    return {false, days, rest / 3'600'000'000, rest / 60'000'000 % 60, rest / 1'000'000 % 60, rest % 1'000'000};
}

std::string padded(std::int64_t n, std::size_t width) {
    std::string digits = std::to_string(n);
    return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
    static const Regex loose("(\\d{4})-(\\d{1,2})-(\\d{1,2})", Regex::kBytes);
    if (const auto date = iso_date(text)) return date;
    RegexMatch match;
    if (!loose.fullmatch(text, match)) return std::nullopt;
    return checked_date(number(match.group(1)), number(match.group(2)), number(match.group(3)));
}

std::optional<Time> parse_time(std::string_view text) {
    static const Regex loose("(\\d{1,2}):(\\d{1,2})(?::(\\d{1,2})(?:[.,](\\d{1,6})\\d{0,6})?)?", Regex::kBytes);
    if (const auto iso = iso_time(text)) return iso->time;
    RegexMatch match;
    if (!loose.fullmatch(text, match)) return std::nullopt;
    return checked_time(number(match.group(1)), number(match.group(2)), number(match.group(3)),
                        microseconds_of(match.group(4)));
}

std::optional<ParsedDateTime> parse_datetime(std::string_view text) {
    static const Regex loose(
        "(\\d{4})-(\\d{1,2})-(\\d{1,2})[T ](\\d{1,2}):(\\d{1,2})(?::(\\d{1,2})(?:[.,](\\d{1,6})\\d{0,6})?)?"
        "\\s*(Z|([+-])(\\d{2})(?::?(\\d{2}))?)?",
        Regex::kBytes);
    if (const auto date = iso_date(text)) return ParsedDateTime{DateTime::combine(*date, {}), std::nullopt};
    for (const std::size_t size : {10u, 8u}) {
        if (text.size() <= size + 1) continue;
        const auto date = iso_date(text.substr(0, size));
        const auto time = iso_time(text.substr(size + 1));
        if (date && time) return ParsedDateTime{DateTime::combine(*date, time->time), time->utc_offset};
    }
    RegexMatch match;
    if (!loose.fullmatch(text, match)) return std::nullopt;
    const auto part = [&](std::size_t i) { return number(match.group(i)); };
    ParsedDateTime out{DateTime::combine(checked_date(part(1), part(2), part(3)),
                                         checked_time(part(4), part(5), part(6), microseconds_of(match.group(7)))),
                       std::nullopt};
    if (match.matched(8)) {
        const std::int64_t offset = match.group(8) == "Z" ? 0 : part(10) * 60 + part(11);
        out.utc_offset = minutes(match.group(9) == "-" ? -offset : offset);
    }
    return out;
}

std::optional<Duration> parse_duration(std::string_view text) {
    static const Regex standard(
        "(?:(-?\\d+) (?:days?, )?)?(-?)(?:(\\d+):(?=\\d+:\\d+))?(?:(\\d+):)?(\\d+)(?:[.,](\\d{1,6})\\d{0,6})?",
        Regex::kBytes);
    static const Regex iso(
        "([-+]?)P(?:(\\d+(?:[.,]\\d+)?)W)?(?:(\\d+(?:[.,]\\d+)?)D)?"
        "(?:T(?:(\\d+(?:[.,]\\d+)?)H)?(?:(\\d+(?:[.,]\\d+)?)M)?(?:(\\d+(?:[.,]\\d+)?)S)?)?",
        Regex::kBytes);
    static const Regex postgres("(?:(-?\\d+) (?:days? ?))?(?:([-+])?(\\d+):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,6}))?)?",
                                Regex::kBytes);
    RegexMatch match;
    if (iso.fullmatch(text, match)) {
        const bool negative = match.group(1) == "-";
        constexpr double kUnits[] = {604800, 86400, 3600, 60, 1};
        Total total;
        for (std::size_t i = 0; i < std::size(kUnits); ++i) total.add(match.group(i + 2), kUnits[i], negative);
        return total.duration();
    }
    if (!standard.fullmatch(text, match) && !postgres.fullmatch(text, match)) return std::nullopt;
    const bool negative = match.group(2) == "-";
    const std::int64_t fraction = microseconds_of(match.group(6));
    Total total;
    total.add(match.group(1), 86400);
    total.add(match.group(3), 3600, negative);
    total.add(match.group(4), 60, negative);
    total.add(match.group(5), 1, negative);
    total.add(negative ? -fraction : fraction);
    return total.duration();
}

std::string duration_string(Duration span) {
    const Parts parts = parts_of(span);
    std::string out = parts.days ? std::to_string(parts.days) + " " : std::string{};
    out += padded(parts.hours, 2) + ":" + padded(parts.minutes, 2) + ":" + padded(parts.seconds, 2);
    if (parts.microseconds) out += "." + padded(parts.microseconds, 6);
    return out;
}

std::string duration_iso_string(Duration span) {
    const bool negative = span.microseconds < 0;
    const Parts parts = parts_of(negative ? -span : span);
    std::string out = std::string(negative ? "-" : "") + "P" + std::to_string(parts.days) + "DT" +
                      padded(parts.hours, 2) + "H" + padded(parts.minutes, 2) + "M" + padded(parts.seconds, 2);
    if (parts.microseconds) out += "." + padded(parts.microseconds, 6);
    return out + "S";
}

}  // namespace nuages::utils

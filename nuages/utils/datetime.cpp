#include <nuages/utils/datetime.hpp>

#include <ctime>

namespace nuages {
namespace {

constexpr int kNoNumber = -1;

// Reads exactly `count` digits at `at`.
int digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return kNoNumber;
    int number = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        const unsigned digit = static_cast<unsigned char>(text[i]) - '0';
        if (digit > 9) return kNoNumber;
        number = number * 10 + static_cast<int>(digit);
    }
    return number;
}

void append_padded(std::string& out, int number, int width) {
    char buffer[12];
    for (int i = width; i-- > 0; number /= 10) buffer[i] = static_cast<char>('0' + number % 10);
    out.append(buffer, static_cast<std::size_t>(width));
}

// Reads "HH:MM[:SS[.f...]]" from the front of `text` and removes it.
std::optional<Time> take_time(std::string_view& text) {
    const int hour = digits(text, 0, 2), minute = digits(text, 3, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || text[2] != ':') return std::nullopt;
    text.remove_prefix(5);
    int second = 0, microsecond = 0;
    if (!text.empty() && text[0] == ':') {
        second = digits(text, 1, 2);
        if (second < 0 || second > 59) return std::nullopt;
        text.remove_prefix(3);
        if (!text.empty() && (text[0] == '.' || text[0] == ',')) {
            text.remove_prefix(1);
            std::size_t n = 0;
            for (; n < text.size() && digits(text, n, 1) >= 0; ++n)
                if (n < 6) microsecond = microsecond * 10 + digits(text, n, 1);
            if (n == 0) return std::nullopt;
            for (std::size_t i = n; i < 6; ++i) microsecond *= 10;
            text.remove_prefix(n);
        }
    }
    return Time::from_hms(hour, minute, second, microsecond);
}

// Reads "", "Z", "+HH", "+HHMM" or "+HH:MM".
std::optional<Duration> parse_offset(std::string_view text) {
    if (text.empty() || text == "Z" || text == "z") return Duration{};
    if (text[0] != '+' && text[0] != '-') return std::nullopt;
    const int hour = digits(text, 1, 2);
    int minute = 0;
    if (text.size() == 5) minute = digits(text, 3, 2);
    if (text.size() == 6 && text[3] == ':') minute = digits(text, 4, 2);
    const bool has_right_size = text.size() == 3 || text.size() == 5 || (text.size() == 6 && text[3] == ':');
    if (!has_right_size || hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
    const Duration offset = minutes(hour * 60 + minute);
    return text[0] == '-' ? -offset : offset;
}

constexpr std::string_view kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::optional<Date> Date::checked(int year, int month, int day) {
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > utils::days_in_month(year, month))
        return std::nullopt;
    return from_ymd(year, month, day);
}

std::optional<Date> Date::parse(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    return checked(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2));
}

void Date::append_iso(std::string& out) const {
    const utils::CivilDay day = civil();
    append_padded(out, day.year, 4);
    out += '-';
    append_padded(out, day.month, 2);
    out += '-';
    append_padded(out, day.day, 2);
}

std::string Date::iso() const {
    std::string out;
    append_iso(out);
    return out;
}

std::optional<Time> Time::parse(std::string_view text) {
    auto time = take_time(text);
    if (!text.empty()) return std::nullopt;
    return time;
}

void Time::append_iso(std::string& out) const {
    append_padded(out, hour(), 2);
    out += ':';
    append_padded(out, minute(), 2);
    out += ':';
    append_padded(out, second(), 2);
    if (microsecond() != 0) {
        out += '.';
        append_padded(out, microsecond(), 6);
    }
}

std::string Time::iso() const {
    std::string out;
    append_iso(out);
    return out;
}

std::optional<DateTime> DateTime::parse(std::string_view text) {
    if (text.size() < 16 || (text[10] != 'T' && text[10] != ' ' && text[10] != 't')) return std::nullopt;
    const auto date = Date::parse(text.substr(0, 10));
    text.remove_prefix(11);
    const auto time = take_time(text);
    if (!date || !time) return std::nullopt;
    const auto offset = parse_offset(text);
    if (!offset) return std::nullopt;
    return combine(*date, *time) - *offset;
}

void DateTime::append_iso(std::string& out, char separator, std::string_view suffix) const {
    date().append_iso(out);
    out += separator;
    time().append_iso(out);
    out.append(suffix);
}

std::string DateTime::iso() const {
    std::string out;
    append_iso(out);
    return out;
}

namespace timezone {
namespace {
Clock current_clock = nullptr;
}

Clock set_clock(Clock clock) { return __atomic_exchange_n(&current_clock, clock, __ATOMIC_ACQ_REL); }

DateTime now() {
    if (const Clock clock = __atomic_load_n(&current_clock, __ATOMIC_RELAXED)) return clock();
    timespec at{};
    clock_gettime(CLOCK_REALTIME, &at);
    return {static_cast<std::int64_t>(at.tv_sec) * 1'000'000 + at.tv_nsec / 1000};
}

Date today() { return now().date(); }

}  // namespace timezone

namespace utils {

void append_http_date(std::string& out, DateTime at) {
    const Date date = at.date();
    const CivilDay day = date.civil();
    out.append(kDays[date.weekday()]).append(", ");
    append_padded(out, day.day, 2);
    out.append(" ").append(kMonths[day.month - 1]).append(" ");
    append_padded(out, day.year, 4);
    out += ' ';
    Time time = at.time();
    time.microseconds -= time.microsecond();
    time.append_iso(out);
    out.append(" GMT");
}

std::string http_date(DateTime at) {
    std::string out;
    append_http_date(out, at);
    return out;
}

}  // namespace utils
}  // namespace nuages

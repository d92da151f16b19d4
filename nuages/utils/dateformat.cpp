#include <nuages/utils/dateformat.hpp>

#include <charconv>
#include <cstdlib>

namespace nuages::utils {

namespace {

constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view kMonthsAssociatedPress[] = {"Jan.", "Feb.", "March", "April", "May",  "June",
                                                       "July", "Aug.", "Sept.", "Oct.",  "Nov.", "Dec."};
constexpr std::string_view kDays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

// The letters that need a day, and those that need a time of day.
constexpr std::string_view kDateLetters = "bdDEFIjlLmMnNorStUwWyYz";
constexpr std::string_view kTimeLetters = "aAfgGhHiPsu";

void append_number(std::string& out, std::int64_t number, int width = 1) {
    if (width == 2 && number >= 0 && number < 100) {
        const char two[2] = {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
        out.append(two, 2);
        return;
    }
    char buffer[24];
    if (number < 0) {
        out += '-';
        number = -number;
    }
    auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    for (auto n = end - buffer; n < width; ++n) out += '0';
    out.append(buffer, end);
}

void append_offset(std::string& out, Duration offset, bool colon) {
    const std::int64_t minutes = floor_div(offset.microseconds, 60'000'000);
    out += minutes < 0 ? '-' : '+';
    append_number(out, std::abs(minutes) / 60, 2);
    if (colon) out += ':';
    append_number(out, std::abs(minutes) % 60, 2);
}

struct IsoWeek {
    int year;
    int week;
};

IsoWeek iso_week(Date date) {
    const Date thursday{date.days - date.weekday() + 3};
    return {thursday.year(), (thursday.day_of_year() - 1) / 7 + 1};
}

class Formatter {
public:
    Formatter(std::string& out, const WallClock& clock) : out_(out), clock_(clock), day_(clock.date.civil()) {}

    void letter(char c) {
        switch (c) {
            case 'a': out_ += hour() > 11 ? "p.m." : "a.m."; break;
            case 'A': out_ += hour() > 11 ? "PM" : "AM"; break;
            case 'b': lowered(kMonths[day_.month - 1].substr(0, 3)); break;
            case 'c': iso(); break;
            case 'd': append_number(out_, day_.day, 2); break;
            case 'D': out_ += kDays[clock_.date.weekday()].substr(0, 3); break;
            case 'e':
                if (!clock_.naive) zone_name();
                break;
            case 'E':
            case 'F': out_ += kMonths[day_.month - 1]; break;
            case 'f': hour_minutes(); break;
            case 'g': append_number(out_, hour12()); break;
            case 'G': append_number(out_, hour()); break;
            case 'h': append_number(out_, hour12(), 2); break;
            case 'H': append_number(out_, hour(), 2); break;
            case 'i': append_number(out_, clock_.time.minute(), 2); break;
            case 'I':
                if (clock_.has_zone) out_ += clock_.daylight_saving ? '1' : '0';
                break;
            case 'j': append_number(out_, day_.day); break;
            case 'l': out_ += kDays[clock_.date.weekday()]; break;
            case 'L': out_ += is_leap_year(day_.year) ? "True" : "False"; break;
            case 'm': append_number(out_, day_.month, 2); break;
            case 'M': out_ += kMonths[day_.month - 1].substr(0, 3); break;
            case 'n': append_number(out_, day_.month); break;
            case 'N': out_ += kMonthsAssociatedPress[day_.month - 1]; break;
            case 'o': append_number(out_, iso_week(clock_.date).year); break;
            case 'O':
                if (clock_.has_zone) append_offset(out_, clock_.utc_offset, false);
                break;
            case 'P': twelve_hour_words(); break;
            case 'r': rfc(); break;
            case 's': append_number(out_, clock_.time.second(), 2); break;
            case 'S': out_ += ordinal_suffix(); break;
            case 't': append_number(out_, days_in_month(day_.year, day_.month)); break;
            case 'T': zone_name(); break;
            case 'u': append_number(out_, clock_.time.microsecond(), 6); break;
            case 'U': append_number(out_, timestamp()); break;
            case 'w': append_number(out_, (clock_.date.weekday() + 1) % 7); break;
            case 'W': append_number(out_, iso_week(clock_.date).week); break;
            case 'y': append_number(out_, day_.year % 100, 2); break;
            case 'Y': append_number(out_, day_.year, 4); break;
            case 'z': append_number(out_, clock_.date.day_of_year()); break;
            case 'Z':
                if (clock_.has_zone) append_number(out_, floor_div(clock_.utc_offset.microseconds, 1'000'000));
                break;
            default: out_ += c;
        }
    }

private:
    int hour() const { return clock_.time.hour(); }
    int hour12() const { return hour() % 12 == 0 ? 12 : hour() % 12; }

    std::int64_t timestamp() const {
        const std::int64_t wall = clock_.date.days * kMicrosecondsPerDay + clock_.time.microseconds;
        return floor_div(wall - clock_.utc_offset.microseconds, 1'000'000);
    }

    void lowered(std::string_view text) {
        for (char c : text) out_ += static_cast<char>(c | 0x20);
    }

    void iso() {
        if (clock_.has_date) clock_.date.append_iso(out_);
        if (clock_.has_date && clock_.has_time) out_ += 'T';
        if (clock_.has_time) clock_.time.append_iso(out_);
        if (clock_.has_zone && clock_.has_time && !clock_.naive) append_offset(out_, clock_.utc_offset, true);
    }

    void zone_name() {
        if (!clock_.has_zone) return;
        if (!clock_.zone_name.empty()) {
            out_ += clock_.zone_name;
        } else {
            append_offset(out_, clock_.utc_offset, false);
        }
    }

    void hour_minutes() {
        append_number(out_, hour12());
        if (clock_.time.minute() != 0) {
            out_ += ':';
            append_number(out_, clock_.time.minute(), 2);
        }
    }

    void twelve_hour_words() {
        if (clock_.time.minute() == 0 && hour() == 0) {
            out_ += "midnight";
        } else if (clock_.time.minute() == 0 && hour() == 12) {
            out_ += "noon";
        } else {
            hour_minutes();
            out_ += hour() > 11 ? " p.m." : " a.m.";
        }
    }

    void rfc() {
        out_.append(kDays[clock_.date.weekday()].substr(0, 3)).append(", ");
        append_number(out_, day_.day);
        out_.append(" ").append(kMonths[day_.month - 1].substr(0, 3)).append(" ");
        append_number(out_, day_.year, 4);
        out_ += ' ';
        append_number(out_, hour(), 2);
        out_ += ':';
        append_number(out_, clock_.time.minute(), 2);
        out_ += ':';
        append_number(out_, clock_.time.second(), 2);
        out_ += ' ';
        append_offset(out_, clock_.has_zone ? clock_.utc_offset : Duration{}, false);
    }

    std::string_view ordinal_suffix() const {
        if (day_.day >= 11 && day_.day <= 13) return "th";
        switch (day_.day % 10) {
            case 1: return "st";
            case 2: return "nd";
            case 3: return "rd";
            default: return "th";
        }
    }

    std::string& out_;
    const WallClock& clock_;
    CivilDay day_;
};

}  // namespace

WallClock WallClock::of(DateTime at, Duration utc_offset, std::string_view zone_name) {
    return {.date = at.date(utc_offset),
            .time = at.time(utc_offset),
            .has_zone = true,
            .utc_offset = utc_offset,
            .zone_name = zone_name};
}

bool append_date_format(std::string& out, const WallClock& clock, std::string_view format) {
    const std::size_t start = out.size();
    Formatter formatter(out, clock);
    for (std::size_t i = 0; i < format.size(); ++i) {
        const char c = format[i];
        if (c == '\\') {
            if (++i < format.size()) out += format[i];
            continue;
        }
        const bool lacks_date = !clock.has_date && kDateLetters.find(c) != kDateLetters.npos;
        const bool lacks_time = !clock.has_time && kTimeLetters.find(c) != kTimeLetters.npos;
        if (lacks_date || lacks_time) {
            out.resize(start);
            return false;
        }
        formatter.letter(c);
    }
    return true;
}

std::string date_format(const WallClock& clock, std::string_view format) {
    std::string out;
    append_date_format(out, clock, format);
    return out;
}

namespace {

constexpr std::string_view kUnitNames[] = {"year", "month", "week", "day", "hour", "minute"};
constexpr std::int64_t kUnitSeconds[] = {0, 0, 604800, 86400, 3600, 60};

// FROM moved by whole months, in whole seconds; a day past the month's end becomes its last day, and February has 28.
DateTime moved_by_months(DateTime from, std::int64_t months) {
    const CivilDay day = from.date().civil();
    const std::int64_t total = day.year * 12LL + day.month - 1 + months;
    const int year = static_cast<int>(floor_div(total, 12));
    const int month = static_cast<int>(total - floor_div(total, 12) * 12) + 1;
    const int last = month == 2 ? 28 : days_in_month(year, month);
    const Time time{from.time().microseconds / 1'000'000 * 1'000'000};
    return DateTime::combine(Date::from_ymd(year, month, day.day < last ? day.day : last), time);
}

}  // namespace

void append_time_since(std::string& out, DateTime from, DateTime to, int depth) {
    constexpr std::string_view kNoBreakSpace = "\xc2\xa0";
    if ((to - from).microseconds < 1'000'000) {
        out.append("0").append(kNoBreakSpace).append("minutes");
        return;
    }
    const CivilDay first = from.date().civil(), last = to.date().civil();
    std::int64_t months = (last.year - first.year) * 12LL + last.month - first.month;
    if (last.day < first.day || (last.day == first.day && from.time() > to.time())) --months;
    std::int64_t counts[6] = {months / 12, months % 12, 0, 0, 0, 0};
    const DateTime pivot = months > 0 ? moved_by_months(from, months) : from;
    std::int64_t rest = (to - pivot).microseconds / 1'000'000;
    for (int i = 2; i < 6; ++i) {
        counts[i] = rest / kUnitSeconds[i];
        rest %= kUnitSeconds[i];
    }
    int shown = 0;
    for (int i = 0; i < 6 && shown < depth; ++i) {
        if (counts[i] == 0) {
            if (shown > 0) break;
            continue;
        }
        if (shown++ > 0) out += ", ";
        append_number(out, counts[i]);
        out.append(kNoBreakSpace).append(kUnitNames[i]);
        if (counts[i] != 1) out += 's';
    }
    if (shown == 0) out.append("0").append(kNoBreakSpace).append("minutes");
}

}  // namespace nuages::utils

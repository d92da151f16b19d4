#include <nuages/utils/dateformat.hpp>

#include <nuages/utils/detail/language.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/unicode.hpp>

#include <charconv>
#include <cstdlib>

namespace nuages::utils {

namespace {

constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view kMonthsShort[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                             "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view kMonthsAssociatedPress[] = {"Jan.", "Feb.", "March", "April", "May",  "June",
                                                       "July", "Aug.", "Sept.", "Oct.",  "Nov.", "Dec."};
constexpr std::string_view kDays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::string_view kDaysShort[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

// What a letter asks for: nothing, a day, a time of day; or it is no format letter.
enum class Needs : std::uint8_t { no_letter, nothing, day, time };

constexpr Needs needs_of(char c) {
    constexpr std::string_view day = "bdDEFIjlLmMnNorStUwWyYz", time = "aAfgGhHiPsu", nothing = "ceOTZ";
    return day.find(c) != day.npos       ? Needs::day
           : time.find(c) != time.npos   ? Needs::time
           : nothing.find(c) != nothing.npos ? Needs::nothing
                                         : Needs::no_letter;
}

struct NeedsTable {
    Needs of[256] = {};
    constexpr NeedsTable() {
        for (int i = 0; i < 256; ++i) of[i] = needs_of(static_cast<char>(i));
    }
};
constexpr NeedsTable kNeeds;

// Text on its way into a string: short pieces are gathered and appended at once.
class Sink {
public:
    explicit Sink(std::string& out) : out_(out), start_(out.size()) {}
    ~Sink() { flush(); }
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    Sink& operator+=(char c) {
        if (used_ == sizeof buffer_) flush();
        buffer_[used_++] = c;
        return *this;
    }
    Sink& operator+=(std::string_view text) { return append(text); }
    Sink& append(std::string_view text) {
        if (text.size() > sizeof buffer_ - used_) flush();
        if (text.size() > sizeof buffer_) {
            out_ += text;
            return *this;
        }
        for (char c : text) buffer_[used_++] = c;
        return *this;
    }
    Sink& append(const char* begin, const char* end) {
        return append(std::string_view(begin, static_cast<std::size_t>(end - begin)));
    }
    // Two digits, four digits.
    void two(int number) {
        room(2);
        buffer_[used_] = static_cast<char>('0' + number / 10);
        buffer_[used_ + 1] = static_cast<char>('0' + number % 10);
        used_ += 2;
    }
    void four(int number) {
        two(number / 100);
        two(number % 100);
    }
    // Forgets everything.
    void cancel() {
        used_ = 0;
        out_.resize(start_);
    }

private:
    void room(std::size_t count) {
        if (used_ + count > sizeof buffer_) flush();
    }
    void flush() {
        out_.append(buffer_, used_);
        used_ = 0;
    }

    std::string& out_;
    std::size_t start_;
    std::size_t used_ = 0;
    char buffer_[96];
};

void append_number(Sink& out, std::int64_t number, int width = 1) {
    char buffer[24];
    if (number < 0) {
        out += '-';
        number = -number;
    }
    auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    for (auto n = end - buffer; n < width; ++n) out += '0';
    out.append(buffer, end);
}

void append_offset(Sink& out, Duration offset, bool iso) {
    const std::int64_t seconds = std::abs(offset.microseconds / 1'000'000);
    out += offset.microseconds < 0 ? '-' : '+';
    append_number(out, seconds / 3600, 2);
    if (iso) out += ':';
    append_number(out, seconds / 60 % 60, 2);
    if (iso && seconds % 60 != 0) {
        out += ':';
        append_number(out, seconds % 60, 2);
    }
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
    Formatter(Sink& out, const WallClock& clock, const detail::Language* language)
        : out_(out), clock_(clock), day_(clock.date.civil()) {
        if (language && !language->catalogs.empty()) language_ = language;
    }

    void letter(char c) {
        switch (c) {
            case 'a': word(hour() > 11 ? "p.m." : "a.m."); break;
            case 'A': word(hour() > 11 ? "PM" : "AM"); break;
            case 'b': word(kMonthsShort[day_.month - 1]); break;
            case 'c': iso(); break;
            case 'd': out_.two(day_.day); break;
            case 'D': word(kDaysShort[clock_.date.weekday()]); break;
            case 'e':
                if (!clock_.naive && shows_zone()) zone_name();
                break;
            case 'E': word(kMonths[day_.month - 1], "alt. month"); break;
            case 'F': word(kMonths[day_.month - 1]); break;
            case 'f': hour_minutes(); break;
            case 'g': append_number(out_, hour12()); break;
            case 'G': append_number(out_, hour()); break;
            case 'h': out_.two(hour12()); break;
            case 'H': out_.two(hour()); break;
            case 'i': out_.two(clock_.time.minute()); break;
            case 'I':
                if (shows_zone()) out_ += clock_.daylight_saving ? '1' : '0';
                break;
            case 'j': append_number(out_, day_.day); break;
            case 'l': word(kDays[clock_.date.weekday()]); break;
            case 'L': out_ += is_leap_year(day_.year) ? "True" : "False"; break;
            case 'm': out_.two(day_.month); break;
            case 'M': month_title(); break;
            case 'n': append_number(out_, day_.month); break;
            case 'N': word(kMonthsAssociatedPress[day_.month - 1], "abbrev. month"); break;
            case 'o': append_number(out_, iso_week(clock_.date).year); break;
            case 'O':
                if (shows_zone()) append_offset(out_, clock_.utc_offset, false);
                break;
            case 'P': twelve_hour_words(); break;
            case 'r': rfc(); break;
            case 's': out_.two(clock_.time.second()); break;
            case 'S': out_ += ordinal_suffix(); break;
            case 't': append_number(out_, days_in_month(day_.year, day_.month)); break;
            case 'T':
                if (shows_zone()) zone_name();
                break;
            case 'u': append_number(out_, clock_.time.microsecond(), 6); break;
            case 'U': append_number(out_, timestamp()); break;
            case 'w': append_number(out_, (clock_.date.weekday() + 1) % 7); break;
            case 'W': append_number(out_, iso_week(clock_.date).week); break;
            case 'y': out_.two(day_.year % 100); break;
            case 'Y': out_.four(day_.year); break;
            case 'z': append_number(out_, clock_.date.day_of_year()); break;
            case 'Z':
                if (shows_zone()) append_number(out_, clock_.utc_offset.microseconds / 1'000'000);
                break;
        }
    }

private:
    // Not that of a reading that comes twice or never.
    bool shows_zone() const {
        if (!clock_.has_zone) return false;
        return !clock_.zone || !clock_.zone->is_ambiguous_or_imaginary(DateTime::combine(clock_.date, clock_.time));
    }

    int hour() const { return clock_.time.hour(); }
    int hour12() const { return hour() % 12 == 0 ? 12 : hour() % 12; }

    std::string_view translated(std::string_view message, std::string_view context) const {
        if (!language_) return message;
        const auto found = detail::find_message(language_, context, !context.empty(), message);
        return found.forms ? std::string_view(found.forms->front()) : message;
    }
    void word(std::string_view message, std::string_view context = {}) { out_ += translated(message, context); }

    // Python's title() of the short name.
    void month_title() {
        if (!language_) {
            out_ += kMonths[day_.month - 1].substr(0, 3);
        } else {
            out_ += to_title(translated(kMonthsShort[day_.month - 1], {}));
        }
    }

    // Python's int(timestamp()): towards zero. A bare day is midnight in the default zone.
    std::int64_t timestamp() const {
        DateTime wall = DateTime::combine(clock_.date, clock_.has_time ? clock_.time : Time{});
        const std::int64_t instant = clock_.has_zone
                                         ? wall.microseconds - clock_.utc_offset.microseconds
                                         : timezone::get_default_timezone().instant_of(wall).microseconds;
        return instant / 1'000'000;
    }

    void iso() {
        if (clock_.has_date) out_ += clock_.date.iso();
        if (clock_.has_date && clock_.has_time) out_ += 'T';
        if (clock_.has_time) out_ += clock_.time.iso();
        if (clock_.has_zone && clock_.has_time && !clock_.naive) append_offset(out_, clock_.utc_offset, true);
    }

    void zone_name() {
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
            word("midnight");
        } else if (clock_.time.minute() == 0 && hour() == 12) {
            word("noon");
        } else {
            hour_minutes();
            out_ += ' ';
            letter('a');
        }
    }

    void rfc() {
        out_.append(kDaysShort[clock_.date.weekday()]).append(", ");
        append_number(out_, day_.day, 2);
        out_.append(" ").append(kMonths[day_.month - 1].substr(0, 3)).append(" ");
        append_number(out_, day_.year, 4);
        out_ += ' ';
        append_number(out_, clock_.has_time ? hour() : 0, 2);
        out_ += ':';
        append_number(out_, clock_.has_time ? clock_.time.minute() : 0, 2);
        out_ += ':';
        append_number(out_, clock_.has_time ? clock_.time.second() : 0, 2);
        out_ += ' ';
        const Duration offset =
            clock_.has_zone
                ? clock_.utc_offset
                : timezone::get_default_timezone().at_wall(DateTime::combine(clock_.date, Time{})).ahead;
        append_offset(out_, offset, false);
        const std::int64_t seconds = std::abs(offset.microseconds / 1'000'000) % 60;
        if (seconds != 0) append_number(out_, seconds, 2);
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

    Sink& out_;
    const WallClock& clock_;
    CivilDay day_;
    const detail::Language* language_ = nullptr;
};

bool append_in(std::string& out, const WallClock& clock, std::string_view format, const detail::Language* language,
               bool time_only = false, char* refused = nullptr) {
    Sink sink(out);
    Formatter formatter(sink, clock, language);
    for (std::size_t i = 0; i < format.size(); ++i) {
        const char c = format[i];
        if (c == '\\' && i + 1 < format.size() && format[i + 1] != '\n') {
            sink += format[++i];
            // A second backslash still keeps what stands behind it.
            if (format[i] == '\\' && i + 1 < format.size() &&
                kNeeds.of[static_cast<unsigned char>(format[i + 1])] != Needs::no_letter) {
                sink += format[++i];
            }
            continue;
        }
        const Needs needs = kNeeds.of[static_cast<unsigned char>(c)];
        if (needs == Needs::no_letter) {
            sink += c;
            continue;
        }
        if ((needs == Needs::day && (!clock.has_date || time_only)) || (needs == Needs::time && !clock.has_time) ||
            (c == 'c' && time_only)) {
            sink.cancel();
            if (refused) *refused = c;
            return false;
        }
        formatter.letter(c);
    }
    return true;
}

}  // namespace

WallClock WallClock::of(DateTime at, Duration utc_offset, std::string_view zone_name) {
    WallClock clock;
    clock.date = at.date(utc_offset);
    clock.time = at.time(utc_offset);
    clock.has_zone = true;
    clock.utc_offset = utc_offset;
    clock.zone_name = zone_name;
    return clock;
}

bool append_date_format(std::string& out, const WallClock& clock, std::string_view format, char* refused) {
    return append_in(out, clock, format, detail::active_language(), false, refused);
}

bool append_time_format(std::string& out, const WallClock& clock, std::string_view format) {
    return append_in(out, clock, format, detail::active_language(), true);
}

std::string date_format(const WallClock& clock, std::string_view format) {
    std::string out;
    append_date_format(out, clock, format);
    return out;
}

std::string date_format_untranslated(const WallClock& clock, std::string_view format) {
    std::string out;
    append_in(out, clock, format, nullptr);
    return out;
}

}  // namespace nuages::utils

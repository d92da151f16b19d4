#include <nuages/utils/timesince.hpp>

#include <nuages/base/error.hpp>
#include <nuages/utils/detail/language.hpp>
#include <nuages/utils/html.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/translation.hpp>
#include <nuages/utils/value.hpp>

namespace nuages::utils {

namespace {

constexpr TimeStrings kUnits{
    {"%(num)d year", "%(num)d month", "%(num)d week", "%(num)d day", "%(num)d hour", "%(num)d minute"},
    {"%(num)d years", "%(num)d months", "%(num)d weeks", "%(num)d days", "%(num)d hours", "%(num)d minutes"},
    {}};
constexpr std::int64_t kUnitSeconds[] = {0, 0, 604800, 86400, 3600, 60};
constexpr int kMinute = 5;

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

void append_unit(std::string& out, int unit, std::int64_t count, const TimeStrings& strings) {
    std::string text = strings.context.empty()
                           ? translation::ngettext(strings.singular[unit], strings.plural[unit], count)
                           : translation::npgettext(strings.context, strings.singular[unit], strings.plural[unit], count);
    constexpr std::string_view kSlot = "%(num)d";
    if (const std::size_t slot = text.find(kSlot); slot != text.npos) {
        text.replace(slot, kSlot.size(), std::to_string(count));
    }
    out += avoid_wrapping(text);
}

// A point on one time line: instants on VALUE's clock, or readings for naive values and days.
DateTime point_of(const Value& value) {
    if (value.kind() == ValueKind::date) return {value.as_integer() * kMicrosecondsPerDay};
    return {value.as_integer()};
}

bool is_naive(const Value& value) { return value.kind() == ValueKind::date || value.is_naive(); }

void check_kind(const Value& value) {
    if (value.kind() == ValueKind::date || value.kind() == ValueKind::datetime) return;
    throw Error("timesince takes a date or a datetime.");
}

}  // namespace

void append_time_since(std::string& out, DateTime from, DateTime to, int depth, const TimeStrings* given) {
    const TimeStrings& strings = given ? *given : kUnits;
    if (depth < 1) throw Error("depth must be greater than 0.");
    if ((to - from).microseconds < 1'000'000) return append_unit(out, kMinute, 0, strings);
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
        if (shown++ > 0) out += translation::translated(", ");
        append_unit(out, i, counts[i], strings);
    }
    if (shown == 0) append_unit(out, kMinute, 0, strings);
}

std::string timesince(const Value& value, const Value& given, bool reversed, int depth, const TimeStrings* strings) {
    check_kind(value);
    DateTime from = point_of(value), now = timezone::now();
    const bool naive = is_naive(value);
    const timezone::TimeZone& zone = value.zone() ? *value.zone() : timezone::utc();
    if (given.is_missing() || given.is_null()) {
        now = timezone::make_naive(now, naive ? timezone::get_default_timezone() : zone);
    } else {
        check_kind(given);
        if (is_naive(given) != naive) throw Error("can't subtract offset-naive and offset-aware datetimes");
        now = point_of(given);
        if (!naive) now = timezone::make_naive(now, zone);
    }
    if (!naive) from = timezone::make_naive(from, zone);
    std::string out;
    append_time_since(out, reversed ? now : from, reversed ? from : now, depth, strings);
    return out;
}

std::string timeuntil(const Value& value, const Value& now, int depth, const TimeStrings* strings) {
    return timesince(value, now, true, depth, strings);
}

}  // namespace nuages::utils

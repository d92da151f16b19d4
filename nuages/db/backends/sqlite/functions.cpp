#include <nuages/db/backends/sqlite/functions.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/utils/datetime.hpp>
#include <nuages/utils/timezone.hpp>

#include <sqlite3.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nuages::db::sqlite {

namespace {

constexpr std::uint32_t kRegexMatchLimit = 1'000'000;  // steps of one match: a hostile pattern ends as an error
constexpr std::uint32_t kRegexHeapLimit = 32 * 1024;   // KiB that one match may use for going back

std::optional<std::string_view> text_of(sqlite3_value* value) {
    if (sqlite3_value_type(value) == SQLITE_NULL) return std::nullopt;
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return std::string_view(text ? text : "", static_cast<std::size_t>(sqlite3_value_bytes(value)));
}

void fail(sqlite3_context* context) { sqlite3_result_error(context, "user-defined function raised exception", -1); }

void give(sqlite3_context* context, const std::string& text) {
    sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

/// A compiled pattern, kept by SQLite as long as the statement uses the same one.
struct Pattern {
    pcre2_code* code;
    pcre2_match_data* match;
    pcre2_match_context* limits;
    ~Pattern() {
        pcre2_match_context_free(limits);
        pcre2_match_data_free(match);
        pcre2_code_free(code);
    }
};

Pattern* compile(std::string_view pattern) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                     PCRE2_UTF | PCRE2_UCP, &error, &offset, nullptr);
    if (!code) return nullptr;
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    auto* made =
        new Pattern{code, pcre2_match_data_create_from_pattern(code, nullptr), pcre2_match_context_create(nullptr)};
    pcre2_set_match_limit(made->limits, kRegexMatchLimit);
    pcre2_set_heap_limit(made->limits, kRegexHeapLimit);
    return made;
}

/// What pcre2_match gives. Compiled code goes back on a small stack; where that is too small, the interpreter's heap
/// does it.
int search(const Pattern& pattern, std::string_view text) {
    const auto match = [&](std::uint32_t options) {
        return pcre2_match(pattern.code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, options,
                           pattern.match, pattern.limits);
    };
    const int found = match(0);
    return found == PCRE2_ERROR_JIT_STACKLIMIT ? match(PCRE2_NO_JIT) : found;
}

// `text REGEXP pattern` calls regexp(pattern, text).
void regexp(sqlite3_context* context, int, sqlite3_value** arguments) {
    const auto pattern = text_of(arguments[0]);
    const auto text = text_of(arguments[1]);
    if (!pattern || !text) return sqlite3_result_null(context);
    auto* compiled = static_cast<Pattern*>(sqlite3_get_auxdata(context, 0));
    Pattern* fresh = nullptr;
    if (!compiled) {
        compiled = fresh = compile(*pattern);
        if (!compiled) return fail(context);
    }
    const int found = search(*compiled, *text);
    if (found < 0 && found != PCRE2_ERROR_NOMATCH) {
        fail(context);
    } else {
        sqlite3_result_int(context, found != PCRE2_ERROR_NOMATCH);
    }
    // SQLite may drop it at once, so it is given away after its last use.
    if (fresh) sqlite3_set_auxdata(context, 0, fresh, [](void* old) { delete static_cast<Pattern*>(old); });
}

/// A day with the time on it; dates have midnight.
std::optional<DateTime> instant_of(std::string_view text) {
    if (text.size() == 10) {
        if (const auto date = Date::parse(text)) return DateTime::combine(*date, Time{});
        return std::nullopt;
    }
    return DateTime::parse(text);
}

// What the clock of the zone in ARGUMENTS[2] shows at that instant; a date or an unknown zone stays as it is.
std::optional<DateTime> local_of(std::string_view text, int count, sqlite3_value** arguments) {
    auto at = instant_of(text);
    if (!at || count < 4) return at;
    const auto name = text_of(arguments[count - 2]);
    if (!name || *name == "UTC") return at;
    if (const timezone::TimeZone* zone = timezone::find_zone(*name)) return timezone::make_naive(*at, *zone);
    return at;
}

struct IsoWeek {
    int year, week, day;
};

IsoWeek iso_week(Date date) {
    const int day = date.weekday() + 1;
    const Date thursday{date.days + 4 - day};
    return {thursday.year(), (thursday.day_of_year() - 1) / 7 + 1, day};
}

std::optional<std::int64_t> date_part(std::string_view part, DateTime at) {
    const Date date = at.date();
    const Time time = at.time();
    if (part == "year") return date.year();
    if (part == "month") return date.month();
    if (part == "day") return date.day();
    if (part == "quarter") return (date.month() - 1) / 3 + 1;
    if (part == "week") return iso_week(date).week;
    if (part == "iso_year") return iso_week(date).year;
    if (part == "iso_week_day") return iso_week(date).day;
    if (part == "week_day") return iso_week(date).day % 7 + 1;  // Sunday is 1
    if (part == "hour") return time.hour();
    if (part == "minute") return time.minute();
    if (part == "second") return time.second();
    return std::nullopt;
}

// django_date_extract(part, date), django_datetime_extract(part, datetime, zone, zone of the database).
void extract(sqlite3_context* context, int count, sqlite3_value** arguments) {
    const auto part = text_of(arguments[0]);
    const auto text = text_of(arguments[1]);
    if (!part || !text) return sqlite3_result_null(context);
    const auto at = local_of(*text, count, arguments);
    if (!at) return sqlite3_result_null(context);
    const auto value = date_part(*part, *at);
    if (!value) return fail(context);
    sqlite3_result_int64(context, *value);
}

void time_extract(sqlite3_context* context, int, sqlite3_value** arguments) {
    const auto part = text_of(arguments[0]);
    const auto text = text_of(arguments[1]);
    if (!part || !text) return sqlite3_result_null(context);
    const auto time = Time::parse(*text);
    if (!time) return sqlite3_result_null(context);
    const auto value = date_part(*part, DateTime::combine(Date{}, *time));
    if (!value) return fail(context);
    sqlite3_result_int64(context, *value);
}

std::optional<Date> first_day(std::string_view unit, Date date) {
    const auto civil = date.civil();
    if (unit == "year") return Date::from_ymd(civil.year, 1, 1);
    if (unit == "quarter") return Date::from_ymd(civil.year, (civil.month - 1) / 3 * 3 + 1, 1);
    if (unit == "month") return Date::from_ymd(civil.year, civil.month, 1);
    if (unit == "week") return Date{date.days - date.weekday()};
    if (unit == "day") return date;
    return std::nullopt;
}

std::optional<Time> cut_time(std::string_view unit, Time time) {
    if (unit == "hour") return Time::from_hms(time.hour(), 0, 0);
    if (unit == "minute") return Time::from_hms(time.hour(), time.minute(), 0);
    if (unit == "second") return Time::from_hms(time.hour(), time.minute(), time.second());
    return std::nullopt;
}

void date_trunc(sqlite3_context* context, int count, sqlite3_value** arguments) {
    const auto unit = text_of(arguments[0]);
    const auto text = text_of(arguments[1]);
    if (!unit || !text) return sqlite3_result_null(context);
    const auto at = local_of(*text, count, arguments);
    if (!at) return sqlite3_result_null(context);
    const auto day = first_day(*unit, at->date());
    if (!day) return fail(context);
    give(context, day->iso());
}

void datetime_trunc(sqlite3_context* context, int count, sqlite3_value** arguments) {
    const auto unit = text_of(arguments[0]);
    const auto text = text_of(arguments[1]);
    if (!unit || !text) return sqlite3_result_null(context);
    const auto at = local_of(*text, count, arguments);
    if (!at) return sqlite3_result_null(context);
    const auto day = first_day(*unit, at->date());
    const auto time = cut_time(*unit, at->time());
    if (!day && !time) return fail(context);
    DateTime cut = DateTime::combine(day ? *day : at->date(), day ? Time{} : *time);
    // The column of results holds instants.
    if (const auto name = text_of(arguments[2]); name && *name != "UTC") {
        if (const timezone::TimeZone* zone = timezone::find_zone(*name)) cut = zone->instant_of(cut);
    }
    std::string out;
    cut.append_iso(out, ' ', "");
    give(context, out);
}

void time_trunc(sqlite3_context* context, int, sqlite3_value** arguments) {
    const auto unit = text_of(arguments[0]);
    const auto text = text_of(arguments[1]);
    if (!unit || !text) return sqlite3_result_null(context);
    auto time = Time::parse(*text);
    if (!time) {
        if (const auto at = local_of(*text, 4, arguments)) time = at->time();
    }
    if (!time) return sqlite3_result_null(context);
    const auto cut = cut_time(*unit, *time);
    if (!cut) return fail(context);
    give(context, cut->iso());
}

void cast_date(sqlite3_context* context, int, sqlite3_value** arguments) {
    const auto text = text_of(arguments[0]);
    const auto at = text ? local_of(*text, 4, arguments - 1) : std::nullopt;
    if (!at) return sqlite3_result_null(context);
    give(context, at->date().iso());
}

void cast_time(sqlite3_context* context, int, sqlite3_value** arguments) {
    const auto text = text_of(arguments[0]);
    const auto at = text ? local_of(*text, 4, arguments - 1) : std::nullopt;
    if (!at) return sqlite3_result_null(context);
    give(context, at->time().iso());
}

// A date, a datetime, a time or a number of microseconds.
struct Moment {
    enum Kind { instant, day, clock, span } kind;
    std::int64_t microseconds;
};

std::optional<Moment> moment_of(sqlite3_value* value) {
    const int type = sqlite3_value_type(value);
    if (type == SQLITE_NULL) return std::nullopt;
    if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) return Moment{Moment::span, sqlite3_value_int64(value)};
    const auto text = text_of(value);
    if (const auto time = Time::parse(*text)) return Moment{Moment::clock, time->microseconds};
    if (const auto at = instant_of(*text)) return Moment{text->size() == 10 ? Moment::day : Moment::instant, at->microseconds};
    return std::nullopt;
}

// django_format_dtdelta(operator, a, b): a + b, a - b of a moment and a span; a * b, a / b of a span and a number.
void format_delta(sqlite3_context* context, int, sqlite3_value** arguments) {
    const auto operation = text_of(arguments[0]);
    if (!operation || sqlite3_value_type(arguments[1]) == SQLITE_NULL || sqlite3_value_type(arguments[2]) == SQLITE_NULL)
        return sqlite3_result_null(context);
    if (*operation == "*" || *operation == "/") {
        const double a = sqlite3_value_double(arguments[1]), b = sqlite3_value_double(arguments[2]);
        if (*operation == "/" && b == 0) return sqlite3_result_null(context);
        const double result = *operation == "*" ? a * b : a / b;
        return sqlite3_result_double(context, result);
    }
    const auto a = moment_of(arguments[1]), b = moment_of(arguments[2]);
    if (!a || !b) return sqlite3_result_null(context);
    std::int64_t sum = 0;
    const bool past = *operation == "-" ? __builtin_sub_overflow(a->microseconds, b->microseconds, &sum)
                                        : __builtin_add_overflow(a->microseconds, b->microseconds, &sum);
    if (past) return fail(context);
    const Moment::Kind kind = a->kind == Moment::span ? b->kind : a->kind;
    if (kind == Moment::span) return sqlite3_result_int64(context, sum);
    if (kind == Moment::day) return give(context, DateTime{sum}.date().iso());  // as Python adds to a date
    if (kind == Moment::clock) return give(context, DateTime{sum}.time().iso());
    std::string out;
    DateTime{sum}.append_iso(out, ' ', "");
    give(context, out);
}

// django_time_diff(a, b), django_timestamp_diff(a, b): microseconds.
void difference(sqlite3_context* context, int, sqlite3_value** arguments) {
    const auto a = moment_of(arguments[0]), b = moment_of(arguments[1]);
    if (!a || !b) return sqlite3_result_null(context);
    sqlite3_result_int64(context, a->microseconds - b->microseconds);
}

}  // namespace

void register_functions(sqlite3* handle) {
    struct Function {
        const char* name;
        int arguments;
        void (*call)(sqlite3_context*, int, sqlite3_value**);
    };
    constexpr Function kFunctions[] = {
        {"regexp", 2, regexp},
        {"django_date_extract", 2, extract},
        {"django_datetime_extract", 4, extract},
        {"django_time_extract", 2, time_extract},
        {"django_date_trunc", 4, date_trunc},
        {"django_datetime_trunc", 4, datetime_trunc},
        {"django_time_trunc", 4, time_trunc},
        {"django_datetime_cast_date", 3, cast_date},
        {"django_datetime_cast_time", 3, cast_time},
        {"django_format_dtdelta", 3, format_delta},
        {"django_time_diff", 2, difference},
        {"django_timestamp_diff", 2, difference},
    };
    for (const Function& function : kFunctions) {
        if (sqlite3_create_function_v2(handle, function.name, function.arguments, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                       nullptr, function.call, nullptr, nullptr, nullptr) != SQLITE_OK)
            throw OperationalError(sqlite3_errmsg(handle));
    }
    register_text_functions(handle);
    register_math_functions(handle);
}

}  // namespace nuages::db::sqlite

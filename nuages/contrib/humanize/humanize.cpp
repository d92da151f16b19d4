#include <nuages/contrib/humanize/humanize.hpp>

#include <nuages/utils/decimal.hpp>
#include <nuages/utils/formats.hpp>
#include <nuages/utils/timesince.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/translation.hpp>
#include <nuages/utils/unicode.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace nuages::contrib::humanize {

using templates::FilterCall;

namespace {

constexpr std::size_t kDigitsMax = 4096;

// Python's int() as digits of any length, "-" in front; nothing where it raises.
std::optional<std::string> whole_digits(const Value& value) {
    std::string text;
    switch (value.kind()) {
        case ValueKind::boolean:
        case ValueKind::integer: return std::to_string(value.as_integer());
        case ValueKind::real: {
            if (!std::isfinite(value.as_real())) return std::nullopt;
            char buffer[400];
            std::snprintf(buffer, sizeof buffer, "%.0f", std::trunc(value.as_real()));
            text = buffer;
            break;
        }
        case ValueKind::decimal:
            text = utils::plain_digits(value);
            text.resize(std::min(text.find('.'), text.size()));
            break;
        case ValueKind::string: {
            const std::string plain = utils::ascii_digits(value.as_text());
            std::string_view given = plain;
            while (!given.empty() && static_cast<unsigned char>(given.front()) <= ' ') given.remove_prefix(1);
            while (!given.empty() && static_cast<unsigned char>(given.back()) <= ' ') given.remove_suffix(1);
            if (given.starts_with('+')) given.remove_prefix(1);
            char before = '_';
            for (char c : given) {
                if (c == '_' && before >= '0' && before <= '9') {
                    before = c;
                    continue;
                }
                if (!(c >= '0' && c <= '9') && !(c == '-' && text.empty())) return std::nullopt;
                before = c;
                text += c;
            }
            if (before == '_') return std::nullopt;
            break;
        }
        default: return std::nullopt;
    }
    const bool negative = text.starts_with('-');
    text.erase(0, negative);
    if (text.empty() || text.size() > kDigitsMax) return std::nullopt;
    text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
    return negative && text != "0" ? "-" + text : text;
}

Value number_of(const std::string& digits) {
    std::int64_t number = 0;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return result.ec == std::errc() ? Value(number) : Value::whole(digits);
}

std::string replaced(std::string text, std::string_view slot, std::string_view with) {
    if (const std::size_t at = text.find(slot); at != text.npos) text.replace(at, slot.size(), with);
    return text;
}

Value ordinal(const Value& value, const Value*, FilterCall&) {
    const auto digits = whole_digits(value);
    if (!digits) return value;
    if (digits->starts_with('-')) return *digits;
    static constexpr std::pair<const char*, const char*> kEndings[] = {
        {"ordinal 0", "{}th"}, {"ordinal 1", "{}st"}, {"ordinal 2", "{}nd"}, {"ordinal 3", "{}rd"}, {"ordinal 4", "{}th"},
        {"ordinal 5", "{}th"}, {"ordinal 6", "{}th"}, {"ordinal 7", "{}th"}, {"ordinal 8", "{}th"}, {"ordinal 9", "{}th"},
    };
    if (*digits == "1") return SafeString(replaced(translation::pgettext("ordinal is 1", "{}st"), "{}", "1"));
    const std::size_t last = static_cast<std::size_t>(digits->back() - '0');
    const char tens = digits->size() > 1 ? (*digits)[digits->size() - 2] : '0';
    const std::string text = tens == '1' && last >= 1 && last <= 3
                                 ? translation::pgettext("ordinal 11, 12, 13", "{}th")
                                 : translation::pgettext(kEndings[last].first, kEndings[last].second);
    return SafeString(replaced(text, "{}", *digits));
}

// Commas between the digits at the front of a text.
std::string with_commas(std::string text) {
    const std::size_t begin = text.starts_with('-') ? 1 : 0;
    std::size_t end = begin;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    std::string out = text.substr(0, begin);
    for (std::size_t i = begin; i < end; ++i) {
        if (i > begin && (end - i) % 3 == 0) out += ',';
        out += text[i];
    }
    return out + text.substr(end);
}

Value intcomma(const Value& value, const Value* argument, FilterCall&) {
    if (argument && !argument->truthy()) return with_commas(value.str());
    if (value.kind() == ValueKind::real || value.kind() == ValueKind::decimal) {
        return formats::number_format(value, -1, true, true);
    }
    std::string number;
    if (value.is_string()) {
        const auto decimal = Decimal::parse(utils::ascii_digits(value.as_text()));
        if (decimal) number = decimal->plain();
    } else if (auto digits = whole_digits(value)) {
        number = *std::move(digits);
    }
    if (number.empty()) return with_commas(value.str());
    std::string text;
    utils::append_digits(text, number, formats::current().numbers(-1, true));
    return text;
}

struct LargeNumber {
    int exponent;
    const char* message;
};
constexpr LargeNumber kLargeNumbers[] = {
    {6, "%(value)s million"},     {9, "%(value)s billion"},     {12, "%(value)s trillion"},
    {15, "%(value)s quadrillion"}, {18, "%(value)s quintillion"}, {21, "%(value)s sextillion"},
    {24, "%(value)s septillion"}, {27, "%(value)s octillion"},  {30, "%(value)s nonillion"},
    {33, "%(value)s decillion"},  {100, "%(value)s googol"},
};

Value intword(const Value& value, const Value*, FilterCall& call) {
    const auto digits = whole_digits(value);
    if (!digits) return value;
    const std::size_t length = digits->size() - (digits->front() == '-' ? 1 : 0);
    if (length < 7) return number_of(*digits);
    for (const LargeNumber& large : kLargeNumbers) {
        if (length > static_cast<std::size_t>(large.exponent) + 3) continue;
        const double scaled = std::strtod((*digits + "e-" + std::to_string(large.exponent)).c_str(), nullptr);
        const double above = scaled - 1;
        const double rounded = (above < 0 ? std::floor(above) : std::ceil(above)) + 1;
        const auto* floatformat = templates::builtin_library()->find_filter("floatformat");
        const Value places = 1;
        const std::string shown = floatformat->definition.function(Value(scaled), &places, call).str();
        const std::string text =
            translation::ngettext(large.message, large.message, static_cast<std::int64_t>(std::fabs(rounded)));
        return replaced(text, "%(value)s", shown);
    }
    return number_of(*digits);
}

Value apnumber(const Value& value, const Value*, FilterCall&) {
    const auto digits = whole_digits(value);
    if (!digits) return value;
    if (digits->size() != 1 || *digits == "0") return number_of(*digits);
    static constexpr const char* kNames[] = {"one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};
    return translation::gettext(kNames[digits->front() - '1']);
}

Value naturalday(const Value& value, const Value* argument, FilterCall&) {
    if (value.kind() != ValueKind::date && value.kind() != ValueKind::datetime) return value;
    const utils::WallClock clock = formats::clock_of(value, false);
    const timezone::TimeZone* zone = value.kind() == ValueKind::date || value.is_naive() ? &timezone::get_default_timezone()
                                     : value.zone()                                      ? value.zone()
                                                                                         : &timezone::utc();
    const std::int64_t days = clock.date.days - timezone::localdate(timezone::now(), *zone).days;
    if (days == 0) return translation::gettext("today");
    if (days == 1) return translation::gettext("tomorrow");
    if (days == -1) return translation::gettext("yesterday");
    const std::string format = argument && argument->truthy() ? argument->str() : "DATE_FORMAT";
    return utils::date_format(clock, formats::current().named(format));
}

constexpr utils::TimeStrings units_in(std::string_view context) {
    return {{"%(num)d year", "%(num)d month", "%(num)d week", "%(num)d day", "%(num)d hour", "%(num)d minute"},
            {"%(num)d years", "%(num)d months", "%(num)d weeks", "%(num)d days", "%(num)d hours", "%(num)d minutes"},
            context};
}
constexpr utils::TimeStrings kPastUnits = units_in("naturaltime-past");
constexpr utils::TimeStrings kFutureUnits = units_in("naturaltime-future");

struct NaturalTexts {
    const char *days, *hour, *hours, *minute, *minutes, *second, *seconds;
};
constexpr NaturalTexts kPast{"%(delta)s ago",      "an hour ago",  "%(count)s\u00a0hours ago",  "a minute ago",
                             "%(count)s\u00a0minutes ago", "a second ago", "%(count)s\u00a0seconds ago"};
constexpr NaturalTexts kFuture{"%(delta)s from now",      "an hour from now",  "%(count)s\u00a0hours from now", "a minute from now",
                               "%(count)s\u00a0minutes from now", "a second from now", "%(count)s\u00a0seconds from now"};

std::string counted(const char* one, const char* many, std::int64_t count) {
    return replaced(translation::ngettext(one, many, count), "%(count)s", std::to_string(count));
}

Value naturaltime(const Value& value, const Value*, FilterCall&) {
    if (value.kind() != ValueKind::datetime) return value;
    DateTime now = timezone::now();
    if (value.is_naive()) now = timezone::make_naive(now, timezone::get_default_timezone());
    const DateTime at{value.as_integer()};
    const bool past = at < now;
    const NaturalTexts& texts = past ? kPast : kFuture;
    const std::int64_t span = past ? (now - at).microseconds : (at - now).microseconds;
    const std::int64_t rest = span % kMicrosecondsPerDay / 1'000'000;
    if (span >= kMicrosecondsPerDay) {
        const Value now_value = value.is_naive() ? Value::naive_datetime(now.microseconds) : Value::datetime(now.microseconds);
        const std::string delta = utils::timesince(value, now_value, !past, 2, past ? &kPastUnits : &kFutureUnits);
        return replaced(translation::gettext(texts.days), "%(delta)s", delta);
    }
    if (rest == 0) return translation::gettext("now");
    if (rest < 60) return counted(texts.second, texts.seconds, rest);
    if (rest < 3600) return counted(texts.minute, texts.minutes, rest / 60);
    return counted(texts.hour, texts.hours, rest / 3600);
}

}  // namespace

Ref<const templates::Library> library() {
    static const Ref<const templates::Library> built = [] {
        auto filters = make_ref<templates::Library>();
        const templates::FilterFlags safe{.is_safe = true};
        filters->filter({"ordinal", ordinal, 0, 0, safe});
        filters->filter({"intcomma", intcomma, 0, 1, safe});
        filters->filter({"intword", intword, 0, 0, {}});
        filters->filter({"apnumber", apnumber, 0, 0, safe});
        filters->filter({"naturalday", naturalday, 0, 1, {.expects_localtime = true}});
        filters->filter({"naturaltime", naturaltime, 0, 0, {}});
        return Ref<const templates::Library>(filters);
    }();
    return built;
}

const site::App app{
    .name = "nuages.contrib.humanize",
    .label = "humanize",
    .template_tags = {{"humanize", library}},
};

}  // namespace nuages::contrib::humanize

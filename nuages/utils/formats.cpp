#include <nuages/utils/formats.hpp>

#include <nuages/utils/detail/locale_registry.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/unicode.hpp>
#include <nuages/utils/value.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace nuages::formats {

using utils::detail::LanguageRow;
using utils::detail::LocaleRegistry;

namespace {

LocaleFormats of_settings(const Settings& settings) {
    LocaleFormats formats;
    formats.date_format = settings.date_format;
    formats.time_format = settings.time_format;
    formats.datetime_format = settings.datetime_format;
    formats.year_month_format = settings.year_month_format;
    formats.month_day_format = settings.month_day_format;
    formats.short_date_format = settings.short_date_format;
    formats.short_datetime_format = settings.short_datetime_format;
    formats.decimal_separator = settings.decimal_separator;
    formats.thousand_separator = settings.thousand_separator;
    formats.number_grouping = settings.number_grouping;
    formats.first_day_of_week = settings.first_day_of_week;
    formats.date_input_formats = settings.date_input_formats;
    formats.time_input_formats = settings.time_input_formats;
    formats.datetime_input_formats = settings.datetime_input_formats;
    return formats;
}

// The texts of FORMATS by Django's names.
constexpr std::pair<std::string_view, std::string LocaleFormats::*> kTexts[] = {
    {"DATE_FORMAT", &LocaleFormats::date_format},
    {"TIME_FORMAT", &LocaleFormats::time_format},
    {"DATETIME_FORMAT", &LocaleFormats::datetime_format},
    {"YEAR_MONTH_FORMAT", &LocaleFormats::year_month_format},
    {"MONTH_DAY_FORMAT", &LocaleFormats::month_day_format},
    {"SHORT_DATE_FORMAT", &LocaleFormats::short_date_format},
    {"SHORT_DATETIME_FORMAT", &LocaleFormats::short_datetime_format},
    {"DECIMAL_SEPARATOR", &LocaleFormats::decimal_separator},
    {"THOUSAND_SEPARATOR", &LocaleFormats::thousand_separator},
};

void take_row(LocaleFormats& formats, const LanguageRow& row) {
    const std::string_view texts[] = {row.date,        row.time,       row.date_time,       row.year_month,       row.month_day,
                                      row.short_date,  row.short_date_time, row.decimal_separator, row.thousand_separator};
    for (std::size_t i = 0; i < std::size(texts); ++i) {
        if (texts[i].data()) formats.*kTexts[i].second = texts[i];
    }
    if (row.first_day_of_week >= 0) formats.first_day_of_week = row.first_day_of_week;
    if (row.number_grouping > 0) formats.number_grouping = {row.number_grouping};
    auto take = [](std::vector<std::string>& list, int index) {
        if (index < 0) return;
        const auto given = utils::detail::input_formats(index);
        list.assign(given.begin(), given.end());
    };
    take(formats.date_input_formats, row.date_inputs);
    take(formats.time_input_formats, row.time_inputs);
    take(formats.datetime_input_formats, row.date_time_inputs);
}

void take_own(LocaleFormats& formats, const Settings& settings, std::string_view code) {
    for (const auto& [language, own] : settings.by_language) {
        if (language != code) continue;
        for (const auto& [name, text] : own) {
            for (const auto& [known, member] : kTexts) {
                if (known == name) formats.*member = text;
            }
            if (name == "NUMBER_GROUPING") formats.number_grouping = {std::atoi(text.c_str())};
            if (name == "FIRST_DAY_OF_WEEK") formats.first_day_of_week = std::atoi(text.c_str());
        }
    }
}

const LocaleFormats& kept(std::atomic<const LocaleFormats*>& slot, const LocaleFormats* made) {
    const LocaleFormats* expected = nullptr;
    if (slot.compare_exchange_strong(expected, made)) return *made;
    delete made;
    return *expected;
}

const LocaleFormats& of(const utils::detail::Language& language) {
    if (const LocaleFormats* known = language.formats.load(std::memory_order_acquire)) return *known;
    const Settings& site = settings();
    auto* made = new LocaleFormats(of_settings(site));
    if (const LanguageRow* row = utils::detail::find_formats_row(language.code)) take_row(*made, *row);
    const std::string_view code = language.code;
    if (code.find('-') != code.npos) take_own(*made, site, code.substr(0, code.find('-')));
    take_own(*made, site, code);
    return kept(language.formats, made);
}

}  // namespace

void configure(Settings settings) {
    LocaleRegistry& registry = LocaleRegistry::instance();
    registry.format_settings = std::move(settings);
    if (const LocaleFormats* former = registry.plain_formats.exchange(nullptr)) registry.retired_formats.push_back(former);
    registry.forget();
}

const Settings& settings() { return LocaleRegistry::instance().format_settings; }

const LocaleFormats& plain() {
    LocaleRegistry& registry = LocaleRegistry::instance();
    if (const LocaleFormats* known = registry.plain_formats.load(std::memory_order_acquire)) return *known;
    auto* made = new LocaleFormats(of_settings(registry.format_settings));
    return kept(registry.plain_formats, made);
}

const LocaleFormats& current() {
    const utils::detail::Language* language = utils::detail::active_language();
    return language ? of(*language) : plain();
}

const LocaleFormats& of_language(std::string_view code) {
    return code.empty() ? plain() : of(utils::detail::language_of(code));
}

std::string_view LocaleFormats::named(std::string_view name) const {
    for (const auto& [known, member] : kTexts) {
        if (known == name) return this->*member;
    }
    return name;
}

utils::NumberFormat LocaleFormats::numbers(int decimals, bool force_grouping) const {
    return {decimal_separator, decimals, &number_grouping, thousand_separator,
            force_grouping || settings().use_thousand_separator};
}

utils::WallClock clock_of(const Value& value, bool localized) {
    if (value.kind() == ValueKind::date) return utils::WallClock::of(Date{value.as_integer()});
    if (value.kind() == ValueKind::time) return utils::WallClock::of(Time{value.as_integer()});
    const DateTime at{value.as_integer()};
    if (value.is_naive()) {
        utils::WallClock clock = timezone::reading(at, timezone::get_default_timezone(), value.is_fold() ? 1 : 0);
        clock.naive = true;
        return clock;
    }
    if (localized && !value.keeps_zone()) return timezone::localtime(at);
    return timezone::localtime(at, value.zone() ? *value.zone() : timezone::utc());
}

std::string date_format(const Value& value, std::string_view format, bool use_l10n) {
    const LocaleFormats& formats = use_l10n ? current() : plain();
    return utils::date_format(clock_of(value, false), format.empty() ? formats.date_format : formats.named(format));
}

std::string time_format(const Value& value, std::string_view format, bool use_l10n) {
    const LocaleFormats& formats = use_l10n ? current() : plain();
    std::string out;
    utils::append_time_format(out, clock_of(value, false), format.empty() ? formats.time_format : formats.named(format));
    return out;
}

std::string number_format(const Value& value, int decimals, bool use_l10n, bool force_grouping) {
    utils::NumberFormat format = (use_l10n ? current() : plain()).numbers(decimals, force_grouping);
    if (!use_l10n) format.grouped = force_grouping;
    std::string out;
    utils::append_number(out, value, format);
    return out;
}

Value localize(const Value& value, bool use_l10n) {
    switch (value.kind()) {
        case ValueKind::boolean: return value.str();
        case ValueKind::integer:
        case ValueKind::real:
        case ValueKind::decimal: {
            if (!use_l10n) return value.str();
            std::string text = number_format(value);
            if (value.kind() != ValueKind::integer || settings().use_thousand_separator) return text;
            return SafeString(std::move(text));
        }
        case ValueKind::datetime: return date_format(value, "DATETIME_FORMAT", use_l10n);
        case ValueKind::date: return date_format(value, {}, use_l10n);
        case ValueKind::time: return time_format(value, {}, use_l10n);
        default: return value;
    }
}

Value localize_input(const Value& value, std::string_view format) {
    auto formatted = [&](const std::vector<std::string>& choices) {
        return strftime(clock_of(value, false), format.empty() ? std::string_view(choices[0]) : format);
    };
    switch (value.kind()) {
        case ValueKind::boolean: return value.str();
        case ValueKind::integer:
        case ValueKind::real:
        case ValueKind::decimal: return number_format(value);
        case ValueKind::datetime: return formatted(current().datetime_input_formats);
        case ValueKind::date: return formatted(current().date_input_formats);
        case ValueKind::time: return formatted(current().time_input_formats);
        default: return value;
    }
}

namespace {

void remove_all(std::string& text, std::string_view part) {
    if (part.empty()) return;
    std::string kept;
    for (std::size_t at = 0;;) {
        const std::size_t found = text.find(part, at);
        kept.append(text, at, found == text.npos ? text.npos : found - at);
        if (found == text.npos) break;
        at = found + part.size();
    }
    text = std::move(kept);
}

}  // namespace

std::string sanitize_separators(std::string_view text) {
    const LocaleFormats& formats = current();
    std::string whole(text), decimals;
    const std::size_t point = formats.decimal_separator.empty() ? text.npos : text.find(formats.decimal_separator);
    const bool has_decimals = point != text.npos;
    if (has_decimals) {
        whole = text.substr(0, point);
        decimals = text.substr(point + formats.decimal_separator.size());
    }
    if (settings().use_thousand_separator) {
        const std::string& separator = formats.thousand_separator;
        const bool one_dot = std::count(whole.begin(), whole.end(), '.') == 1;
        // "1.5" where dots group: the dot is meant as the decimal point.
        if (!(separator == "." && one_dot && whole.size() - whole.find('.') - 1 != 3)) {
            remove_all(whole, separator);
            remove_all(whole, utils::normalize_nfkd(separator));
        }
    }
    return has_decimals ? whole + "." + decimals : whole;
}

std::string strftime(const utils::WallClock& clock, std::string_view format) {
    const utils::CivilDay day = clock.date.civil();
    std::string out;
    auto number = [&](int value, int width) {
        char buffer[16];
        std::snprintf(buffer, sizeof buffer, "%0*d", width, value);
        out += buffer;
    };
    auto letters = [&](const char* text) { out += utils::date_format_untranslated(clock, text); };
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%' || i + 1 == format.size()) {
            out += format[i];
            continue;
        }
        switch (format[++i]) {
            case 'Y': number(day.year, 4); break;
            case 'y': number(day.year % 100, 2); break;
            case 'm': number(day.month, 2); break;
            case 'd': number(day.day, 2); break;
            case 'H': number(clock.time.hour(), 2); break;
            case 'I': number(clock.time.hour() % 12 == 0 ? 12 : clock.time.hour() % 12, 2); break;
            case 'M': number(clock.time.minute(), 2); break;
            case 'S': number(clock.time.second(), 2); break;
            case 'f': number(clock.time.microsecond(), 6); break;
            case 'j': number(clock.date.day_of_year(), 3); break;
            case 'p': out += clock.time.hour() < 12 ? "AM" : "PM"; break;
            case 'b': letters("M"); break;
            case 'B': letters("F"); break;
            case 'a': letters("D"); break;
            case 'A': letters("l"); break;
            case 'z':
                if (clock.has_zone && !clock.naive) letters("O");
                break;
            case 'Z':
                if (clock.has_zone && !clock.naive) out += clock.zone_name;
                break;
            case '%': out += '%'; break;
            default: out.append("%").append(1, format[i]);
        }
    }
    return out;
}

}  // namespace nuages::formats

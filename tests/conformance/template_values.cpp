#include "template_values.hpp"

#include <nuages/base/error.hpp>
#include <nuages/utils/datetime.hpp>
#include <nuages/utils/formats.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/translation.hpp>
#include <nuages/utils/url.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace nuages::conformance {
namespace {

// The zone that is written behind a time: "+02:00", "Z"; nothing when there is none.
std::optional<int> offset_minutes(std::string_view iso) {
    if (iso.ends_with("Z")) return 0;
    const std::size_t sign = iso.find_last_of("+-");
    if (sign == iso.npos || sign < 11) return std::nullopt;
    const int hours = std::atoi(std::string(iso.substr(sign + 1, 2)).c_str());
    const int minutes = std::atoi(std::string(iso.substr(sign + 4, 2)).c_str());
    return (iso[sign] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

Value datetime_value(const json::object& tagged) {
    const std::string iso(tagged.at("iso").as_string());
    const auto offset = offset_minutes(iso);
    // The reading, and its offset with seconds where it has them ("-05:50:36").
    const std::size_t end = offset && !iso.ends_with("Z") ? iso.find_last_of("+-") : iso.size();
    const auto wall = DateTime::parse(iso.substr(0, end));
    if (!wall) throw Skip("a datetime that the parser does not take");
    const auto* fold = tagged.if_contains("fold");
    const bool is_fold = fold && truthy(*fold, false);
    if (const auto* zone = tagged.if_contains("tz")) {
        const std::string key = str(*zone);
        const auto& place = timezone::zone(key);
        const DateTime at = place.instant_of(*wall, is_fold);
        if (timezone::make_naive(at, place) != *wall)
            throw Skip("on purpose: an instant has one reading, a skipped hour is not kept");
        return Value::zoned_datetime(at.microseconds, place);
    }
    if (!offset) return Value::naive_datetime(wall->microseconds, is_fold);
    const auto* name = tagged.if_contains("tzname");
    const auto& zone = timezone::utc_offset(*offset, name ? str(*name) : std::string{});
    return Value::zoned_datetime(zone.instant_of(*wall).microseconds, zone);
}

Value list_of(const json::array& items, bool tuple) {
    std::vector<Value> values;
    for (const json::value& item : items) values.push_back(template_value(item));
    return tuple ? Value::tuple(std::move(values)) : Value::list(std::move(values));
}

Value map_of(const json::array& pairs) {
    std::vector<Value::Item> items;
    for (const json::value& pair : pairs) items.emplace_back(template_value(pair.at(0)), template_value(pair.at(1)));
    return Value::map(std::move(items));
}

Value range_of(const json::object& tagged) {
    std::vector<Value> values;
    const auto stop = tagged.at("stop").to_number<std::int64_t>(), step = tagged.at("step").to_number<std::int64_t>();
    for (auto i = tagged.at("start").to_number<std::int64_t>(); step > 0 ? i < stop : i > stop; i += step)
        values.emplace_back(i);
    return Value::list(std::move(values));
}

// A query as a mapping of lists.
Value query_of(std::string_view query) {
    std::vector<Value::Item> items;
    for (std::size_t begin = 0; begin < query.size();) {
        const std::size_t end = std::min(query.find('&', begin), query.size());
        const std::string_view pair = query.substr(begin, end - begin);
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const Value key(utils::unquote_plus(pair.substr(0, equals)));
        const Value value(equals < pair.size() ? utils::unquote_plus(pair.substr(equals + 1)) : std::string());
        auto at = items.begin();
        while (at != items.end() && !at->first.equals(key)) ++at;
        std::vector<Value> values = at == items.end() ? std::vector<Value>{} : at->second.as_list();
        values.push_back(value);
        if (at == items.end()) {
            items.emplace_back(key, Value::list(std::move(values)));
        } else {
            at->second = Value::list(std::move(values));
        }
        begin = end + 1;
    }
    return Value::map(std::move(items));
}

std::string po_quoted(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    return out + "\"\n";
}

// {items: [[key, [value, ...]], ...]} as a mapping of lists.
Value query_of(const json::array& rows) {
    std::vector<Value::Item> items;
    for (const json::value& row : rows) items.emplace_back(template_value(row.at(0)), template_value(row.at(1)));
    return Value::map(std::move(items));
}

// The recorded lookups of a locale as a .po file. Each number that was asked for is a plural form of its own.
std::optional<std::string> catalog_of(const json::array& rows, std::string_view locale) {
    std::vector<std::int64_t> numbers;
    for (const json::value& row : rows) {
        if (row.at(4).is_null()) continue;
        const auto n = row.at(4).to_number<std::int64_t>();
        if (std::find(numbers.begin(), numbers.end(), n) == numbers.end()) numbers.push_back(n);
    }
    std::string formula;
    for (std::size_t i = 0; i < numbers.size(); ++i)
        formula += "n==" + std::to_string(std::llabs(numbers[i])) + "?" + std::to_string(i) + ":";
    std::string po = "msgid \"\"\nmsgstr \"\"\n\"Plural-Forms: nplurals=" + std::to_string(numbers.size() + 1) +
                     "; plural=" + formula + std::to_string(numbers.size()) + ";\\n\"\n\n";
    bool any = false;
    for (const json::value& row : rows) {
        if (translation::to_locale(str(row.at(0))) != locale) continue;
        any = true;
        if (!row.at(1).is_null()) po += "msgctxt " + po_quoted(text(row.at(1)));
        po += "msgid " + po_quoted(text(row.at(2)));
        if (row.at(3).is_null()) {
            po += "msgstr " + po_quoted(text(row.at(5))) + "\n";
            continue;
        }
        po += "msgid_plural " + po_quoted(text(row.at(3)));
        for (std::size_t i = 0; i <= numbers.size(); ++i) {
            std::string form = text(i < numbers.size() && numbers[i] == 1 ? row.at(2) : row.at(3));
            for (const json::value& other : rows) {
                const bool same = other.at(0) == row.at(0) && other.at(1) == row.at(1) && other.at(2) == row.at(2);
                if (same && i < numbers.size() && !other.at(4).is_null() &&
                    other.at(4).to_number<std::int64_t>() == numbers[i]) {
                    form = text(other.at(5));
                }
            }
            po += "msgstr[" + std::to_string(i) + "] " + po_quoted(form);
        }
        po += "\n";
    }
    if (!any) return std::nullopt;
    return po;
}

Time time_of(std::string_view iso) { return Time::parse(iso.substr(0, iso.find_first_of("+-Z"))).value_or(Time{}); }

Value tagged_value(std::string_view tag, const json::object& tagged) {
    if (tag == "safe") return Value(SafeString(std::string(tagged.at("value").as_string())));
    if (tag == "lazy" || tag == "strcat" || tag == "str") return Value(text(tagged));
    if (tag == "tuple") return list_of(tagged.at("items").as_array(), true);
    if (tag == "dict") return map_of(tagged.at("items").as_array());
    if (tag == "range") return range_of(tagged);
    if (tag == "int" && tagged.at("value").as_string().size() < 19)
        return std::strtoll(tagged.at("value").as_string().c_str(), nullptr, 10);
    if (tag == "int") return Value::whole(tagged.at("value").as_string());
    if (tag == "Decimal") return Value::decimal(tagged.at("value").as_string());
    if (tag == "float") {
        const std::string_view name = tagged.at("value").as_string();
        const double infinity = std::numeric_limits<double>::infinity();
        return name == "nan" ? std::nan("") : name == "inf" ? infinity : -infinity;
    }
    if (tag == "datetime") return datetime_value(tagged);
    if (tag == "date") return Value::date(Date::parse(tagged.at("iso").as_string()).value().days);
    if (tag == "time") return Value::time(time_of(tagged.at("iso").as_string()).microseconds);
    if (tag == "timedelta") return Value::duration(tagged.at("microseconds_total").to_number<std::int64_t>());
    if (tag == "tzinfo") {
        if (const auto* key = tagged.if_contains("key")) return to_value(timezone::zone(str(*key)));
        return to_value(timezone::get_fixed_timezone(static_cast<int>(tagged.at("offset_minutes").to_number<std::int64_t>())));
    }
    if (tag == "uuid") return Value(std::string(tagged.at("value").as_string()));
    if (tag == "querydict" && tagged.contains("query")) return query_of(tagged.at("query").as_string());
    if (tag == "querydict" && tagged.contains("items")) return query_of(tagged.at("items").as_array());
    if (tag == "request") {
        const json::value* query = tagged.if_contains("query");
        return Value::map({{"GET", query_of(query ? std::string_view(query->as_string()) : std::string_view())},
                           {"method", Value(str(tagged.at("method")))},
                           {"path", Value(str(tagged.at("path")))}});
    }
    if (tag == "fixture") return template_fixture(tagged.at("class").as_string());
    throw Skip("value of Python's: " + std::string(tag));
}

}  // namespace

Value template_value(const json::value& value) {
    const std::string_view tag = type_tag(value);
    if (!tag.empty()) return tagged_value(tag, value.as_object());
    if (value.is_null()) return nullptr;
    if (const bool* flag = value.if_bool()) return *flag;
    if (const double* real = value.if_double()) return *real;
    if (value.is_number()) return value.to_number<std::int64_t>();
    if (const auto* string = value.if_string()) return Value(std::string(*string));
    if (const auto* list = value.if_array()) return list_of(*list, false);
    std::vector<Value::Item> items;
    for (const auto& [key, item] : value.as_object()) items.emplace_back(Value(std::string(key)), template_value(item));
    return Value::map(std::move(items));
}

std::string described(const Value& value) {
    std::string out = value.is_safe() ? "safe " : "";
    value.append_repr(out);
    return out;
}

Environment::Environment(const Case& one) : clock_(one) {
    formats::Settings settings;
    const std::pair<std::string*, std::string_view> texts[] = {
        {&settings.date_format, "DATE_FORMAT"},
        {&settings.time_format, "TIME_FORMAT"},
        {&settings.datetime_format, "DATETIME_FORMAT"},
        {&settings.year_month_format, "YEAR_MONTH_FORMAT"},
        {&settings.month_day_format, "MONTH_DAY_FORMAT"},
        {&settings.short_date_format, "SHORT_DATE_FORMAT"},
        {&settings.short_datetime_format, "SHORT_DATETIME_FORMAT"},
        {&settings.decimal_separator, "DECIMAL_SEPARATOR"},
        {&settings.thousand_separator, "THOUSAND_SEPARATOR"},
    };
    for (const auto& [target, name] : texts) {
        if (one.setting(name).is_string()) *target = str(one.setting(name));
    }
    const json::value& grouping = one.setting("NUMBER_GROUPING");
    if (grouping.is_int64() && grouping.as_int64() > 0) settings.number_grouping = {static_cast<int>(grouping.as_int64())};
    settings.use_thousand_separator = truthy(one.setting("USE_THOUSAND_SEPARATOR"), false);
    const json::value& first_day = one.setting("FIRST_DAY_OF_WEEK");
    if (first_day.is_int64()) settings.first_day_of_week = static_cast<int>(first_day.as_int64());
    formats::configure(std::move(settings));
    timezone::configure({str(one.setting("TIME_ZONE")), truthy(one.setting("USE_TZ"), false)});
    translation::Options options;
    options.language_code = str(one.setting("LANGUAGE_CODE"));
    options.use_i18n = truthy(one.setting("USE_I18N"), true);
    if (const auto* rows = one.fields.if_contains("translations")) {
        options.sources.push_back([rows](std::string_view locale) { return catalog_of(rows->as_array(), locale); });
    }
    translation::configure(std::move(options));
    set_language(one);
    set_zone(one);
}

Environment::~Environment() {
    translation::deactivate();
    timezone::deactivate();
    translation::configure({});
    formats::configure({});
    timezone::configure({});
}

void Environment::set_language(const Case& one) {
    if (!one.has("language")) {
        translation::activate("en");
    } else if (one.at("language").is_null()) {
        translation::deactivate_all();
    } else {
        translation::activate(str(one.at("language")));
    }
}

void Environment::set_zone(const Case& one) {
    if (!one.has("timezone")) return;
    const json::value& zone = one.at("timezone");
    if (zone.is_string()) return timezone::activate(str(zone));
    const auto* offset = zone.is_object() ? zone.as_object().if_contains("offset_minutes") : nullptr;
    if (!offset) throw Skip("a time zone object");
    timezone::activate(timezone::get_fixed_timezone(static_cast<int>(offset->to_number<std::int64_t>())));
}

}  // namespace nuages::conformance

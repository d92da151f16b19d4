#include "template_values.hpp"

#include <nuages/base/error.hpp>
#include <nuages/utils/datetime.hpp>
#include <nuages/utils/url.hpp>

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <limits>

namespace nuages::conformance {
namespace {

int offset_minutes(std::string_view iso) {
    if (iso.ends_with("Z")) return 0;
    const std::size_t sign = iso.find_last_of("+-");
    if (sign == iso.npos || sign < 11) return 0;
    const int hours = std::atoi(std::string(iso.substr(sign + 1, 2)).c_str());
    const int minutes = std::atoi(std::string(iso.substr(sign + 4, 2)).c_str());
    return (iso[sign] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

Value datetime_value(const json::object& tagged) {
    const std::string iso(tagged.at("iso").as_string());
    const auto at = DateTime::parse(iso);
    if (!at) throw Skip("a datetime that the parser does not take");
    const bool has_offset = iso.find_first_of("+Z", 11) != iso.npos || iso.find('-', 11) != iso.npos;
    if (!has_offset && !tagged.contains("tz")) return Value::naive_datetime(at->microseconds);
    if (const auto* zone = tagged.if_contains("tz"); zone && str(*zone) == "UTC")
        return Value::datetime(at->microseconds);
    return Value::offset_datetime(at->microseconds, offset_minutes(iso));
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

Time time_of(std::string_view iso) { return Time::parse(iso.substr(0, iso.find_first_of("+-Z"))).value_or(Time{}); }

Value tagged_value(std::string_view tag, const json::object& tagged) {
    if (tag == "safe") return Value(SafeString(std::string(tagged.at("value").as_string())));
    if (tag == "lazy" || tag == "strcat" || tag == "str") return Value(text(tagged));
    if (tag == "tuple") return list_of(tagged.at("items").as_array(), true);
    if (tag == "dict") return map_of(tagged.at("items").as_array());
    if (tag == "range") return range_of(tagged);
    if (tag == "int" && tagged.at("value").as_string().size() < 19)
        return std::strtoll(tagged.at("value").as_string().c_str(), nullptr, 10);
    if (tag == "Decimal" || tag == "int") return Value::decimal(tagged.at("value").as_string());
    if (tag == "float") {
        const std::string_view name = tagged.at("value").as_string();
        const double infinity = std::numeric_limits<double>::infinity();
        return name == "nan" ? std::nan("") : name == "inf" ? infinity : -infinity;
    }
    if (tag == "datetime") return datetime_value(tagged);
    if (tag == "date") return Value::date(Date::parse(tagged.at("iso").as_string()).value().days);
    if (tag == "time") return Value::time(time_of(tagged.at("iso").as_string()).microseconds);
    if (tag == "timedelta") return Value::duration(tagged.at("microseconds_total").to_number<std::int64_t>());
    if (tag == "uuid") return Value(std::string(tagged.at("value").as_string()));
    if (tag == "querydict" && tagged.contains("query")) return query_of(tagged.at("query").as_string());
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

templates::Formats template_formats(const Case& one) {
    if (one.has("translations")) throw Skip("not yet: translations");
    const bool deactivated = one.has("language") && one.at("language").is_null();
    if (one.has("language") && !deactivated && str(one.at("language")) != "en") throw Skip("not yet: other languages");
    templates::Formats formats;
    auto take = [&](std::string& target, std::string_view name) {
        const json::value& setting = one.setting(name);
        if (setting.is_string()) target = setting.as_string();
    };
    if (deactivated) {
        take(formats.date_format, "DATE_FORMAT");
        take(formats.datetime_format, "DATETIME_FORMAT");
        take(formats.time_format, "TIME_FORMAT");
        take(formats.decimal_separator, "DECIMAL_SEPARATOR");
        take(formats.thousand_separator, "THOUSAND_SEPARATOR");
        const json::value& grouping = one.setting("NUMBER_GROUPING");
        if (grouping.is_int64()) formats.number_grouping = static_cast<int>(grouping.as_int64());
    }
    formats.use_thousand_separator = truthy(one.setting("USE_THOUSAND_SEPARATOR"), false);
    formats.use_tz = truthy(one.setting("USE_TZ"), false);
    std::string zone = "America/Chicago";
    take(zone, "TIME_ZONE");
    if (one.has("timezone") && one.at("timezone").is_string()) zone = str(one.at("timezone"));
    if (one.has("timezone") && one.at("timezone").is_object()) {
        const auto* offset = one.at("timezone").as_object().if_contains("offset_minutes");
        if (!offset) throw Skip("a time zone object");
        const auto ahead = nuages::minutes(offset->to_number<std::int64_t>());
        formats.local_time = [ahead](DateTime at) { return utils::WallClock::of(at, ahead, ""); };
        return formats;
    }
    ::setenv("TZ", zone.c_str(), 1);
    ::tzset();
    formats.local_time = [](DateTime at) {
        const std::time_t seconds = at.timestamp();
        std::tm parts{};
        ::localtime_r(&seconds, &parts);
        auto clock = utils::WallClock::of(at, nuages::seconds(parts.tm_gmtoff), parts.tm_zone);
        clock.daylight_saving = parts.tm_isdst > 0;
        return clock;
    };
    return formats;
}

}  // namespace nuages::conformance

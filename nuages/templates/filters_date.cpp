// date, time, timesince, timeuntil.

#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/display.hpp>
#include <nuages/templates/detail/filtering.hpp>

namespace nuages::templates {

namespace {

bool is_clock(const Value& value) {
    return value.kind() == ValueKind::date || value.kind() == ValueKind::time || value.kind() == ValueKind::datetime;
}

// The letter c, the one that shows a day and a time: not among those of the time filter.
bool asks_for_all(std::string_view format) {
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] == '\\') {
            ++i;
        } else if (format[i] == 'c') {
            return true;
        }
    }
    return false;
}

Value formatted(const Value& value, const Value* argument, FilterCall& call, bool time_only) {
    if (!is_clock(value)) return Value::borrow("");
    const Formats& formats = call.formats();
    std::string_view format = time_only ? formats.time_format : formats.date_format;
    if (argument && argument->truthy()) format = named_format(text_of(*argument, call), formats);
    utils::WallClock clock = clock_of(value, formats, call.renderer().context().use_tz);
    if (time_only) {
        if (!clock.has_time || asks_for_all(format)) return Value::borrow("");
        clock.has_date = false;
    }
    std::string& text = call.text();
    utils::append_date_format(text, clock, format);
    return FilterCall::result(text);
}

Value date(const Value& value, const Value* argument, FilterCall& call) {
    return formatted(value, argument, call, false);
}

Value time(const Value& value, const Value* argument, FilterCall& call) {
    return formatted(value, argument, call, true);
}

// A point on one time line: instants, or wall clock readings for naive values and days.
struct Point {
    DateTime at;
    bool naive;
};

Point point_of(const Value& value) {
    if (value.kind() == ValueKind::date) return {{value.as_integer() * kMicrosecondsPerDay}, true};
    return {{value.as_integer()}, value.is_naive()};
}

Value between(const Value& value, const Value* argument, FilterCall& call, bool until) {
    if (!value.truthy()) return Value::borrow("");
    const bool valid = value.kind() == ValueKind::date || value.kind() == ValueKind::datetime;
    if (!valid) throw TypeError("'" + std::string(type_name(value)) + "' object is not a date");
    const Point from = point_of(value);
    Point to{current_time(call.formats()), false};
    if (argument && argument->truthy()) {
        if (argument->kind() != ValueKind::date && argument->kind() != ValueKind::datetime) {
            throw TypeError("'" + std::string(type_name(*argument)) + "' object is not a date");
        }
        to = point_of(*argument);
        if (to.naive != from.naive) return Value::borrow("");
    } else if (from.naive) {
        const utils::WallClock now = local_clock(to.at, call.formats());
        to.at = DateTime::combine(now.date, now.time);
    }
    std::string& text = call.text();
    utils::append_time_since(text, until ? to.at : from.at, until ? from.at : to.at);
    return FilterCall::result(text);
}

Value timesince(const Value& value, const Value* argument, FilterCall& call) {
    return between(value, argument, call, false);
}

Value timeuntil(const Value& value, const Value* argument, FilterCall& call) {
    return between(value, argument, call, true);
}

}  // namespace

void add_date_filters(Library& library) {
    add_filter(library, "date", date, 0, 1, {.expects_localtime = true});
    add_filter(library, "time", time, 0, 1, {.expects_localtime = true});
    add_filter(library, "timesince", timesince, 0, 1);
    add_filter(library, "timeuntil", timeuntil, 0, 1);
}

}  // namespace nuages::templates

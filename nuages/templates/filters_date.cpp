// date, time, timesince, timeuntil.

#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/display.hpp>
#include <nuages/templates/detail/filtering.hpp>
#include <nuages/utils/timesince.hpp>
#include <nuages/utils/timezone.hpp>

namespace nuages::templates {

namespace {

bool is_clock(const Value& value) {
    return value.kind() == ValueKind::date || value.kind() == ValueKind::time || value.kind() == ValueKind::datetime;
}

// A time of day has no day to name: nothing is shown. But for U and r Python would combine it with one, which raises.
void append_date(std::string& text, const utils::WallClock& clock, std::string_view format) {
    char refused = 0;
    if (utils::append_date_format(text, clock, format, &refused) || clock.has_date) return;
    if (refused == 'U' || refused == 'r') {
        throw TypeError(std::string("The format letter '") + refused + "' needs a date, not a time of day.");
    }
}

Value formatted(const Value& value, const Value* argument, FilterCall& call, bool time_only) {
    if (!is_clock(value)) return Value::borrow("");
    const Formats& formats = call.formats();
    std::string_view format = time_only ? formats.time_format : formats.date_format;
    if (argument && argument->truthy()) format = formats.named(text_of(*argument, call));
    const utils::WallClock clock = formats::clock_of(value, false);
    if (time_only && !clock.has_time) return Value::borrow("");
    std::string& text = call.text();
    if (time_only) {
        utils::append_time_format(text, clock, format);
    } else {
        append_date(text, clock, format);
    }
    return FilterCall::result(text);
}

Value date(const Value& value, const Value* argument, FilterCall& call) {
    return formatted(value, argument, call, false);
}

// Format letters give letters, digits and punctuation: only what stands around them, and translations, need escaping.
bool write_date(const Value& value, const Value* argument, FilterCall& call, bool escape) {
    if (!is_clock(value)) return true;
    const Formats& formats = call.formats();
    std::string_view format = formats.date_format;
    if (argument) {
        if (!argument->is_string() || argument->as_text().empty()) return false;
        format = formats.named(argument->as_text());
    }
    const bool use_tz = call.renderer().context().use_tz.value_or(timezone::use_tz());
    const utils::WallClock clock = formats::clock_of(value, use_tz);
    if (!escape) {
        append_date(call.renderer().out(), clock, format);
        return true;
    }
    std::string& text = call.text();
    append_date(text, clock, format);
    utils::append_escaped(call.renderer().out(), text);
    return true;
}

Value time(const Value& value, const Value* argument, FilterCall& call) {
    return formatted(value, argument, call, true);
}

bool is_moment(const Value& value) { return value.kind() == ValueKind::date || value.kind() == ValueKind::datetime; }
bool is_naive(const Value& value) { return value.kind() == ValueKind::date || value.is_naive(); }

Value between(const Value& value, const Value* argument, FilterCall& call, bool until) {
    if (!value.truthy()) return Value::borrow("");
    const bool has_now = argument && argument->truthy();
    for (const Value* moment : {&value, has_now ? argument : &value}) {
        if (!is_moment(*moment)) throw TypeError("'" + std::string(type_name(*moment)) + "' object is not a date");
    }
    if (has_now && is_naive(*argument) != is_naive(value)) return Value::borrow("");
    std::string& text = call.text();
    text = utils::timesince(value, has_now ? *argument : Value(), until);
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
    add_filter(library, "date", date, 0, 1, {.expects_localtime = true}, write_date);
    add_filter(library, "time", time, 0, 1, {.expects_localtime = true});
    add_filter(library, "timesince", timesince, 0, 1);
    add_filter(library, "timeuntil", timeuntil, 0, 1);
}

}  // namespace nuages::templates

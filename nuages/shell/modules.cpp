// Modules of the language: dates and times, time zones, transactions, the connection.
#include <nuages/shell/detail/functions.hpp>
#include <nuages/shell/detail/operators.hpp>
#include <nuages/shell/interpreter.hpp>

#include <nuages/db/connection.hpp>
#include <nuages/db/models/raw.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/utils/timezone.hpp>

namespace nuages::shell {

namespace {

using Kind = Literal::Kind;

struct Zone final : RefCounted {
    const timezone::TimeZone& zone;
    explicit Zone(const timezone::TimeZone& of) : zone(of) {}
};

const timezone::TimeZone& zone_of(const Object& value) {
    if (const auto* zone = value.as<Zone>()) return zone->zone;
    return timezone::zone(text_of(value));
}

Object utc() { return make_ref<Zone>(timezone::utc()); }

[[noreturn]] void unknown(std::string_view module, std::string_view name) {
    throw Raised("AttributeError", "module '" + std::string(module) + "' has no attribute '" + std::string(name) + "'");
}

Object make_moment(const Arguments& a, bool clock_only) {
    static constexpr std::string_view kNames[] = {"year", "month", "day", "hour", "minute", "second", "microsecond"};
    int parts[7] = {1, 1, 1, 0, 0, 0, 0};
    const std::size_t first = clock_only ? 3 : 0;
    for (std::size_t i = first; i < 7; ++i) {
        if (const Object* part = a.find(i - first, kNames[i])) parts[i] = static_cast<int>(integer_of(*part));
    }
    const Object* zone = a.find(7 - first, "tzinfo");
    const auto day = Date::checked(parts[0], parts[1], parts[2]);
    if (!day) throw Raised("ValueError", "day is out of range for month");
    if (parts[3] < 0 || parts[3] > 23 || parts[4] < 0 || parts[4] > 59 || parts[5] < 0 || parts[5] > 59)
        throw Raised("ValueError", "hour, minute or second is out of range");
    const Time time = Time::from_hms(parts[3], parts[4], parts[5], parts[6]);
    if (clock_only) return Literal(time);
    const DateTime local = DateTime::combine(*day, time);
    // Without a zone it is a time on the current zone's clock, as Django takes naive datetimes.
    return Literal((zone && !zone->is_none() ? zone_of(*zone) : timezone::get_current_timezone()).instant_of(local));
}

Object make_date(const Arguments& a) {
    const auto part = [&](std::size_t i, const char* name) { return static_cast<int>(integer_of(a.at(i, name))); };
    const auto day = Date::checked(part(0, "year"), part(1, "month"), part(2, "day"));
    if (!day) throw Raised("ValueError", "day is out of range for month");
    return Literal(*day);
}

Object make_duration(const Arguments& a) {
    static constexpr struct {
        std::string_view name;
        double microseconds;
    } kUnits[] = {{"days", 86400e6}, {"seconds", 1e6}, {"microseconds", 1}, {"milliseconds", 1e3},
                  {"minutes", 60e6}, {"hours", 3600e6}, {"weeks", 604800e6}};
    double total = 0;
    for (std::size_t i = 0; i < std::size(kUnits); ++i) {
        if (const Object* part = a.find(i, kUnits[i].name)) total += part->literal().real() * kUnits[i].microseconds;
    }
    return Literal(Duration{static_cast<std::int64_t>(total)});
}

Object datetime_module(std::string_view name) {
    if (name == "date") return callable("date", make_date);
    if (name == "datetime") return callable("datetime", [](const Arguments& a) { return make_moment(a, false); });
    if (name == "time") return callable("time", [](const Arguments& a) { return make_moment(a, true); });
    if (name == "timedelta") return callable("timedelta", make_duration);
    if (name == "UTC") return utc();
    if (name == "timezone")
        return make_ref<Namespace>("timezone", [](std::string_view inner) -> Object {
            if (inner == "utc") return utc();
            unknown("timezone", inner);
        });
    unknown("datetime", name);
}

Object timezone_module(std::string_view name) {
    if (name == "now") return callable("now", [](const Arguments&) { return Object(Literal(timezone::now())); });
    if (name == "utc") return utc();
    if (name == "override")
        return callable("override", [](const Arguments& a) -> Object {
            const timezone::TimeZone& zone =
                a.at(0, "timezone").is_none() ? timezone::get_default_timezone() : zone_of(a.at(0, "timezone"));
            auto context = make_ref<Context>([&zone](FunctionRef<void()> block) {
                const timezone::override inside(zone);
                block();
            });
            const timezone::TimeZone& before = timezone::get_current_timezone();
            context->enter = [&zone] { timezone::activate(zone); };
            context->leave = [&before] { timezone::activate(before); };
            return context;
        });
    if (name == "activate")
        return callable("activate", [](const Arguments& a) {
            timezone::activate(zone_of(a.at(0, "timezone")));
            return Object();
        });
    if (name == "localtime" || name == "localdate")
        return callable(std::string(name), [date = name == "localdate"](const Arguments& a) {
            const Object* value = a.find(0, "value");
            const DateTime at = value ? DateTime{value->literal().integer()} : timezone::now();
            return date ? Object(Literal(timezone::localdate(at))) : Object(Literal(at));
        });
    unknown("timezone", name);
}

Object atomic(const Arguments& a) {
    a.check(3, "using savepoint durable");
    if (!a.positional.empty() && a.positional[0].as<Callable>())
        return callable(a.function, [code = a.positional[0]](const Arguments& inner) {
            Object result;
            db::run_atomic([&] { result = invoke(code, inner); });
            return result;
        });
    const Object* alias = a.find(0, "using");
    std::string database = alias && !alias->is_none() ? text_of(*alias) : "default";
    return make_ref<Context>(
        [database, savepoint = a.flag(1, "savepoint", true), durable = a.flag(2, "durable")](FunctionRef<void()> block) {
            db::run_atomic(block, {.using_ = database, .savepoint = savepoint, .durable = durable});
        });
}

Object connection_attribute(std::string_view name);

Object transaction_module(std::string_view name) {
    if (name == "atomic") return callable("atomic", atomic);
    if (name == "on_commit")
        return callable("on_commit", [](const Arguments& a) {
            db::on_commit([code = a.at(0, "func")] { invoke(code, {}); }, {.robust = a.flag(2, "robust")});
            return Object();
        });
    if (name == "set_rollback")
        return callable("set_rollback", [](const Arguments& a) {
            db::set_rollback(a.flag(0, "rollback"));
            return Object();
        });
    if (name == "get_rollback")
        return callable("get_rollback", [](const Arguments&) { return Object(Literal(db::get_rollback())); });
    if (name == "get_connection")
        return callable("get_connection", [](const Arguments&) -> Object {
            return make_ref<Namespace>("connection", connection_attribute);
        });
    if (name == "savepoint")
        return callable("savepoint", [](const Arguments&) { return db::connection().in_atomic_block() ? Object(Literal(db::savepoint())) : Object(); });
    if (name == "savepoint_rollback" || name == "savepoint_commit")
        return callable(std::string(name), [rollback = name == "savepoint_rollback"](const Arguments& a) {
            const int id = static_cast<int>(integer_of(a.at(0, "sid")));
            rollback ? db::savepoint_rollback(id) : db::savepoint_commit(id);
            return Object();
        });
    if (name == "commit" || name == "rollback")
        return callable(std::string(name), [commit = name == "commit"](const Arguments&) {
            commit ? db::commit() : db::rollback();
            return Object();
        });
    unknown("transaction", name);
}

}  // namespace

models::RawStatement raw_statement(const Arguments& a) {
    models::RawStatement statement{text_of(a.at(0, "sql")), {}, {}};
    const Object* given = a.find(1, "params");
    if (!given || given->is_none()) return statement;
    if (const auto* mapping = given->as<Mapping>()) {
        for (const auto& item : mapping->items) statement.named.emplace_back(text_of(item.first), to_literal(item.second));
        return statement;
    }
    for (const Object& value : items_of(*given)) statement.parameters.push_back(to_literal(value));
    return statement;
}

namespace {

/// `connection.cursor()`.
struct Cursor final : RefCounted {
    std::vector<Object> rows;
    std::size_t next = 0;
    std::int64_t rowcount = -1;

    void execute(const Arguments& a) {
        rows.clear();
        next = 0;
        const auto row = [&](std::span<const db::Cell> cells) {
            std::vector<Object> items;
            for (const db::Cell& cell : cells) items.push_back(value_object(models::literal_of(cell, {})));
            rows.push_back(tuple_of(std::move(items)));
        };
        rowcount = models::run_raw(db::connection(), raw_statement(a), row).rows_changed;
    }
    Object attribute(std::string_view name) {
        const Ref<Cursor> self(this);
        if (name == "rowcount") return Literal(rowcount);
        if (name == "execute")
            return callable("execute", [self](const Arguments& a) {
                self->execute(a);
                return Object();
            });
        if (name == "fetchone")
            return callable("fetchone", [self](const Arguments&) { return self->next < self->rows.size() ? self->rows[self->next++] : Object(); });
        if (name == "fetchall")
            return callable("fetchall", [self](const Arguments&) {
                std::vector<Object> rest(self->rows.begin() + static_cast<std::ptrdiff_t>(self->next), self->rows.end());
                self->next = self->rows.size();
                return list_of(std::move(rest));
            });
        if (name == "close") return callable("close", [](const Arguments&) { return Object(); });
        throw Raised("AttributeError", "'CursorWrapper' object has no attribute '" + std::string(name) + "'");
    }
};

Object make_cursor() {
    auto cursor = make_ref<Cursor>();
    return make_ref<Namespace>("cursor", [cursor](std::string_view name) { return cursor->attribute(name); });
}

Object connection_attribute(std::string_view name) {
    const db::Connection connection = db::connection();
    if (name == "in_atomic_block") return Literal(connection.in_atomic_block());
    if (name == "vendor") return Literal(connection.vendor());
    if (name == "alias") return Literal(connection.alias());
    if (name == "cursor") return callable("cursor", [](const Arguments&) { return make_cursor(); });
    throw Raised("AttributeError", "'DatabaseWrapper' object has no attribute '" + std::string(name) + "'");
}

}  // namespace

bool find_module(std::string_view name, Object& found) {
    if (name == "dt" || name == "datetime") return found = make_ref<Namespace>("datetime", datetime_module), true;
    if (name == "timezone") return found = make_ref<Namespace>("timezone", timezone_module), true;
    if (name == "transaction") return found = make_ref<Namespace>("transaction", transaction_module), true;
    if (name == "connection") return found = make_ref<Namespace>("connection", connection_attribute), true;
    if (name == "UTC") return found = utc(), true;
    if (name == "tz" || name == "ZoneInfo")
        return found = callable("ZoneInfo", [](const Arguments& a) -> Object {
            return make_ref<Zone>(timezone::zone(text_of(a.at(0, "key"))));
        }), true;
    return false;
}

std::vector<std::string_view> module_names() { return {"dt", "timezone", "transaction", "connection", "UTC", "tz"}; }

std::string zone_name(const Object& value) { return std::string(zone_of(value).name()); }

Object value_attribute(const Object& of, std::string_view name) {
    if (const auto* state = of.as<InstanceState>()) return state->get(name);
    if (!of.is_literal()) no_attribute(of, name);
    const Literal& value = of.literal();
    if (value.kind() == Kind::date || value.kind() == Kind::datetime) {
        const Date date = value.kind() == Kind::date ? Date{value.integer()} : DateTime{value.integer()}.date();
        if (name == "year") return Literal(date.year());
        if (name == "month") return Literal(date.month());
        if (name == "day") return Literal(date.day());
    }
    if (value.kind() == Kind::time || value.kind() == Kind::datetime) {
        const Time time = value.kind() == Kind::time ? Time{value.integer()} : DateTime{value.integer()}.time();
        if (name == "hour") return Literal(time.hour());
        if (name == "minute") return Literal(time.minute());
        if (name == "second") return Literal(time.second());
    }
    if (name == "isoformat")
        return callable("isoformat", [of](const Arguments&) { return Object(Literal(str(of))); });
    no_attribute(of, name);
}

}  // namespace nuages::shell

// Modules of the language: dates and times, time zones, transactions, the connection.
#include <nuages/shell/detail/functions.hpp>
#include <nuages/shell/detail/operators.hpp>
#include <nuages/shell/interpreter.hpp>

#include <nuages/db/connection.hpp>
#include <nuages/db/models/detail/nodes.hpp>
#include <nuages/db/models/raw.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/utils/timezone.hpp>

#include <algorithm>

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
            const Object& given = a.at(0, "func");
            if (given.is_literal() || given.as<Sequence>()) throw Raised("TypeError", "on_commit()'s callback must be a callable.");
            db::on_commit([code = given] { invoke(code, {}); }, {.robust = a.flag(2, "robust")});
            return Object();
        });
    if (name == "set_rollback")
        return callable("set_rollback", [](const Arguments& a) {
            db::set_rollback(a.flag(0, "rollback"));
            return Object();
        });
    if (name == "get_autocommit")
        return callable("get_autocommit", [](const Arguments&) { return Object(Literal(db::get_autocommit())); });
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
    models::RawStatement statement;  ///< the last one

    void execute(const Arguments& a) {
        rows.clear();
        next = 0;
        const auto row = [&](std::span<const db::Cell> cells) {
            std::vector<Object> items;
            for (const db::Cell& cell : cells) items.push_back(value_object(models::literal_of(cell, {})));
            rows.push_back(tuple_of(std::move(items)));
        };
        statement = raw_statement(a);
        rowcount = models::run_raw(db::connection(), statement, row).rows_changed;
    }
    void execute_many(const Arguments& a) {
        std::int64_t total = 0;
        for (const Object& values : items_of(a.at(1, "param_list"))) {
            execute({"executemany", {a.at(0, "sql"), values}, {}});
            total += rowcount;
        }
        rowcount = total;
    }
    std::vector<Object> take(std::size_t most) {
        const std::size_t end = std::min(rows.size(), next + most);
        std::vector<Object> taken(rows.begin() + static_cast<std::ptrdiff_t>(next), rows.begin() + static_cast<std::ptrdiff_t>(end));
        next = end;
        return taken;
    }
    /// Names of the columns, each with the six further parts of PEP 249 that nobody knows.
    Object description() const {
        if (statement.sql.empty()) return {};
        std::vector<Object> columns;
        for (std::string& column : models::raw_columns(db::connection(), statement)) {
            std::vector<Object> parts(7);
            parts[0] = Literal(std::move(column));
            columns.push_back(tuple_of(std::move(parts)));
        }
        return columns.empty() ? Object() : tuple_of(std::move(columns));
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
        if (name == "fetchall") return callable("fetchall", [self](const Arguments&) { return list_of(self->take(self->rows.size())); });
        if (name == "fetchmany")
            return callable("fetchmany", [self](const Arguments& a) {
                const Object* size = a.find(0, "size");
                return list_of(self->take(size ? static_cast<std::size_t>(std::max<std::int64_t>(integer_of(*size), 0)) : 1));
            });
        if (name == "executemany")
            return callable("executemany", [self](const Arguments& a) {
                self->execute_many(a);
                return Object();
            });
        if (name == "description") return self->description();
        if (name == "close") return callable("close", [](const Arguments&) { return Object(); });
        throw Raised("AttributeError", "'CursorWrapper' object has no attribute '" + std::string(name) + "'");
    }
};

Object make_cursor() {
    auto cursor = make_ref<Cursor>();
    return make_ref<Namespace>("cursor", [cursor](std::string_view name) { return cursor->attribute(name); });
}

Object json_module(std::string_view name) {
    if (name == "dumps") return callable("dumps", [](const Arguments& a) { return Object(Literal(to_json(a.at(0, "obj")))); });
    if (name == "loads") return callable("loads", [](const Arguments& a) { return from_json(text_of(a.at(0, "s"))); });
    unknown("json", name);
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

bool is_module(std::string_view name) {
    constexpr std::string_view kModules[] = {"datetime", "decimal", "django", "json", "pprint", "uuid", "zoneinfo"};
    return std::find(std::begin(kModules), std::end(kModules), name) != std::end(kModules);
}

bool imported(std::string_view module, std::string_view name, Object& found) {
    try {
        if (module == "datetime") return found = datetime_module(name), true;
        if (module == "json") return found = json_module(name), true;
    } catch (const Raised&) {
        return false;
    }
    return find_builtin(name, found);
}

bool find_module(std::string_view name, Object& found) {
    if (name == "json") return found = make_ref<Namespace>("json", json_module), true;
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

namespace {

// date.today(), datetime.now(), date.fromisoformat(...): of the classes of the datetime module.
Object class_attribute(const Callable& type, std::string_view name) {
    const bool date = type.name == "date";
    if (date && name == "today") return callable("today", [](const Arguments&) { return Object(Literal(timezone::localdate(timezone::now()))); });
    if (!date && (name == "now" || name == "today" || name == "utcnow"))
        return callable(std::string(name), [](const Arguments&) { return Object(Literal(timezone::now())); });
    if (name == "fromisoformat")
        return callable("fromisoformat", [date](const Arguments& a) -> Object {
            Literal storage;
            const Literal text(text_of(a.at(0, "date_string")));
            try {
                return models::prepared({date ? models::FieldKind::date : models::FieldKind::date_time, nullptr, true}, text, storage);
            } catch (const Error&) {
                throw Raised("ValueError", "Invalid isoformat string: " + models::repr(text));
            }
        });
    if (!date && name == "combine")
        return callable("combine", [](const Arguments& a) -> Object {
            const DateTime local = DateTime::combine(Date{a.at(0, "date").literal().integer()}, Time{a.at(1, "time").literal().integer()});
            const Object* zone = a.find(2, "tzinfo");
            return Literal((zone && !zone->is_none() ? zone_of(*zone) : timezone::get_current_timezone()).instant_of(local));
        });
    throw Raised("AttributeError", "type object '" + type.name + "' has no attribute '" + std::string(name) + "'");
}

// As Python's strftime() of a date's or time's parts; the letters that examples use.
std::string strftime(const Literal& value, std::string_view format) {
    const bool has_date = value.kind() != Kind::time, has_time = value.kind() != Kind::date;
    DateTime local = value.kind() == Kind::datetime ? DateTime{value.integer()} : DateTime{};
    const Date day = value.kind() == Kind::date ? Date{value.integer()} : local.date();
    const Time time = value.kind() == Kind::time ? Time{value.integer()} : has_time ? local.time() : Time{};
    static constexpr std::string_view kDays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
    static constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                                   "July",    "August",   "September", "October", "November", "December"};
    const auto padded = [](int number, std::size_t width) {
        std::string text = std::to_string(number);
        return std::string(width > text.size() ? width - text.size() : 0, '0') + text;
    };
    std::string out;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%' || i + 1 == format.size()) {
            out += format[i];
            continue;
        }
        const char letter = format[++i];
        switch (has_date || std::string_view("HMSfIp%").find(letter) != std::string_view::npos ? letter : '?') {
            case 'Y': out += padded(day.year(), 4); break;
            case 'y': out += padded(day.year() % 100, 2); break;
            case 'm': out += padded(day.month(), 2); break;
            case 'd': out += padded(day.day(), 2); break;
            case 'j': out += padded(day.day_of_year(), 3); break;
            case 'A': out += kDays[day.weekday()]; break;
            case 'a': out += kDays[day.weekday()].substr(0, 3); break;
            case 'B': out += kMonths[day.month() - 1]; break;
            case 'b': out += kMonths[day.month() - 1].substr(0, 3); break;
            case 'F': out += day.iso(); break;
            case 'H': out += padded(time.hour(), 2); break;
            case 'I': out += padded(time.hour() % 12 ? time.hour() % 12 : 12, 2); break;
            case 'M': out += padded(time.minute(), 2); break;
            case 'S': out += padded(time.second(), 2); break;
            case 'f': out += padded(static_cast<int>(time.microseconds % 1'000'000), 6); break;
            case 'p': out += time.hour() < 12 ? "AM" : "PM"; break;
            case 'T': out += padded(time.hour(), 2) + ":" + padded(time.minute(), 2) + ":" + padded(time.second(), 2); break;
            case '%': out += '%'; break;
            default: throw Raised("ValueError", "strftime(): the shell does not know '%" + std::string(1, letter) + "' here");
        }
    }
    return out;
}

}  // namespace

std::string moment_text(const Literal& value, std::string_view format) { return strftime(value, format); }

Object value_attribute(const Object& of, std::string_view name) {
    if (const auto* type = of.as<Callable>(); type && (type->name == "date" || type->name == "datetime")) return class_attribute(*type, name);
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
    const bool moment = value.kind() == Kind::date || value.kind() == Kind::datetime || value.kind() == Kind::time;
    if (name == "strftime" && moment)
        return callable("strftime", [value](const Arguments& a) { return Object(Literal(strftime(value, text_of(a.at(0, "format"))))); });
    if (name == "date" && value.kind() == Kind::datetime)
        return callable("date", [value](const Arguments&) { return Object(Literal(DateTime{value.integer()}.date())); });
    if (name == "time" && value.kind() == Kind::datetime)
        return callable("time", [value](const Arguments&) { return Object(Literal(DateTime{value.integer()}.time())); });
    if (name == "weekday" && (value.kind() == Kind::date || value.kind() == Kind::datetime))
        return callable("weekday", [value](const Arguments&) {
            return Object(Literal((value.kind() == Kind::date ? Date{value.integer()} : DateTime{value.integer()}.date()).weekday()));
        });
    if (value.kind() == Kind::duration) {
        constexpr std::int64_t kDay = 86'400'000'000;
        const std::int64_t days = value.integer() / kDay - (value.integer() % kDay < 0 ? 1 : 0), rest = value.integer() - days * kDay;
        if (name == "days") return Literal(days);
        if (name == "seconds") return Literal(rest / 1'000'000);
        if (name == "microseconds") return Literal(rest % 1'000'000);
        if (name == "total_seconds")
            return callable("total_seconds", [value](const Arguments&) { return Object(Literal(static_cast<double>(value.integer()) / 1e6)); });
    }
    if (name == "isoformat")
        return callable("isoformat", [of](const Arguments&) { return Object(Literal(str(of))); });
    no_attribute(of, name);
}

}  // namespace nuages::shell

// Parts of dates and times, and dates cut down to a unit, on the clock of a time zone.
#include <nuages/db/models/detail/functions.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/utils/timezone.hpp>

#include <algorithm>

namespace nuages::db::models {

namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::string_view kUnits[] = {"year", "quarter", "month", "week", "day", "hour", "minute", "second", "date", "time"};

// The clock on which a datetime is read: the one asked for, else the current one.
std::string_view clock_of(const std::string& zone) {
    return zone.empty() ? timezone::get_current_timezone().name() : std::string_view(zone);
}

std::string checked_zone(std::string_view zone) { return zone.empty() ? std::string() : std::string(timezone::zone(zone).name()); }

struct TruncExpr final : Expression {
    std::string_view unit;
    Expr operand;
    std::string zone;
    OutputType declared;
    TruncExpr(std::string_view which, Expr from, std::string clock, OutputType type)
        : unit(which), operand(std::move(from)), zone(std::move(clock)), declared(type) {}

    Expr resolve(Resolver& resolver) const override {
        auto made = make_ref<TruncExpr>(unit, resolver(operand), zone, declared);
        made->check();
        return made;
    }
    void write(SqlWriter& out) const override {
        const bool cast = unit == "date" || unit == "time";
        const FieldKind as = cast ? FieldKind::date_time : output().kind;
        const bool from_instant = operand->output().kind == FieldKind::date_time;
        const Wrap wrap = out.operations().trunc(unit, output_name({as, nullptr, true}), from_instant ? clock_of(zone) : "");
        out << wrap.before;
        operand->write(out);
        out << wrap.after;
    }
    OutputType output() const override {
        if (unit == "date") return {FieldKind::date, nullptr, true};
        if (unit == "time") return {FieldKind::time, nullptr, true};
        return declared.known ? declared : OutputType{operand->output().kind, nullptr, true};
    }
    void visit(FunctionRef<void(const Expr&)> child) const override { child(operand); }
    std::string describe() const override { return "Trunc(" + operand->describe() + ", " + std::string(unit) + ")"; }

private:
    void check() const {
        const OutputType type = operand->output();
        const std::string name = type.field ? type.field->name : operand->describe();
        if (!type.known ||
            (type.kind != FieldKind::date && type.kind != FieldKind::date_time && type.kind != FieldKind::time))
            throw TypeError(repr(Literal(name)) + " isn't a DateField, TimeField, or DateTimeField.");
        if (unit == "date" || unit == "time") return;
        const FieldKind to = output().kind;
        const bool clock = is_one_of(unit, {"hour", "minute", "second", "time"});
        const auto refuse = [&](std::string_view target) {
            throw ValueError("Cannot truncate " + std::string(output_name(type)) + " '" + name + "' to " +
                             std::string(target) + ".");
        };
        if (to != FieldKind::date && to != FieldKind::date_time && to != FieldKind::time)
            throw ValueError("output_field must be either DateField, TimeField, or DateTimeField");
        if (type.kind == FieldKind::date && (to == FieldKind::date_time || clock)) refuse("DateTimeField");
        if (type.kind == FieldKind::time && (to == FieldKind::date_time || (to == FieldKind::time && !clock))) refuse("DateTimeField");
        if (type.kind == FieldKind::date && to == FieldKind::time) refuse("TimeField");
        if (type.kind == FieldKind::time && to == FieldKind::date) refuse("DateField");
    }
};

struct NowExpr final : Expression {
    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override {
        // In the definition of a table it is the database's clock that is meant.
        if (out.inline_literals)
            out << out.operations().function_sql("Now");
        else
            out.param(out.keep(Literal(timezone::now())));
    }
    OutputType output() const override { return {FieldKind::date_time, nullptr, true}; }
    void group_by(std::vector<Expr>&) const override {}
    std::string describe() const override { return "Now()"; }
};

}  // namespace

bool transform_fits(std::string_view name, const OutputType& type) {
    if (!type.known) return false;
    const bool day = type.kind == FieldKind::date || type.kind == FieldKind::date_time;
    const bool clock = type.kind == FieldKind::time || type.kind == FieldKind::date_time;
    if (is_one_of(name, {"year", "iso_year", "month", "day", "week", "week_day", "iso_week_day", "quarter"})) return day;
    if (is_one_of(name, {"hour", "minute", "second"})) return clock;
    return is_one_of(name, {"date", "time"}) && type.kind == FieldKind::date_time;
}

Expr date_transform(std::string_view name, const Expr& operand) {
    if (!transform_fits(name, operand->output())) return {};
    if (name == "date" || name == "time")
        return make_ref<TruncExpr>(name == "date" ? "date" : "time", operand, std::string(), OutputType{});
    for (const std::string_view part : kDateParts) {
        if (part == name) return make_ref<ExtractExpr>(part, operand, std::string());
    }
    return {};
}

Expr ExtractExpr::resolve(Resolver& resolver) const {
    auto made = make_ref<ExtractExpr>(part, resolver(operand), zone);
    const OutputType type = made->operand->output();
    if (type.known && type.kind == FieldKind::duration) {
        if (!is_one_of(part, {"day", "hour", "minute", "second"}))
            throw ValueError("Cannot extract component '" + std::string(part) + "' from DurationField '" +
                             (type.field ? type.field->name : "") + "'.");
        return made;  // refused when it is printed for a database without native durations
    }
    const bool dated = type.known && (type.kind == FieldKind::date || type.kind == FieldKind::date_time || type.kind == FieldKind::time);
    if (!dated)
        throw ValueError("Extract input expression must be DateField, DateTimeField, TimeField, or DurationField.");
    if (!transform_fits(part, type))
        throw ValueError("Cannot extract " + std::string(type.kind == FieldKind::date ? "time" : "date") +
                         " component '" + std::string(part) + "' from " + std::string(output_name(type)) + " '" +
                         (type.field ? type.field->name : "") + "'.");
    return made;
}

void ExtractExpr::write(SqlWriter& out) const {
    const FieldKind kind = operand->output().kind;
    if (kind == FieldKind::duration && !out.features().has_native_duration_field)
        throw ValueError("Extract requires native DurationField database support.");
    const Wrap wrap = out.operations().extract(part, output_name({kind, nullptr, true}),
                                               kind == FieldKind::date_time ? clock_of(zone) : "");
    out << wrap.before;
    operand->write(out);
    out << wrap.after;
}

namespace expr {

Expr extract(std::string_view part, Expr operand, std::string_view zone) {
    for (const std::string_view known : kDateParts) {
        if (known == part && part != "date" && part != "time")
            return make_ref<ExtractExpr>(known, std::move(operand), checked_zone(zone));
    }
    throw ValueError("Invalid date part: " + repr(Literal(part)) + ".");
}

Expr trunc(std::string_view unit, Expr operand, std::string_view zone, OutputType output) {
    for (const std::string_view known : kUnits) {
        if (known == unit) return make_ref<TruncExpr>(known, std::move(operand), checked_zone(zone), output);
    }
    throw ValueError("Invalid unit to truncate to: " + repr(Literal(unit)) + ".");
}

Expr now() { return make_ref<NowExpr>(); }

}  // namespace expr

}  // namespace nuages::db::models

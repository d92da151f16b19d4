// Values, columns by name, arithmetic, conditions and functions.
#include <nuages/db/models/detail/functions.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <algorithm>

namespace nuages::db::models {

namespace {

OutputType type_of(const Literal& literal) {
    switch (literal.kind()) {
        case Literal::Kind::boolean: return {FieldKind::boolean, nullptr, true};
        case Literal::Kind::integer: return {FieldKind::integer, nullptr, true};
        case Literal::Kind::real: return {FieldKind::float_, nullptr, true};
        case Literal::Kind::text: return {FieldKind::char_, nullptr, true};
        case Literal::Kind::blob: return {FieldKind::binary, nullptr, true};
        case Literal::Kind::date: return {FieldKind::date, nullptr, true};
        case Literal::Kind::time: return {FieldKind::time, nullptr, true};
        case Literal::Kind::datetime: return {FieldKind::date_time, nullptr, true};
        case Literal::Kind::duration: return {FieldKind::duration, nullptr, true};
        case Literal::Kind::decimal: return {FieldKind::decimal, nullptr, true};
        case Literal::Kind::uuid: return {FieldKind::uuid, nullptr, true};
        case Literal::Kind::json: return {FieldKind::json, nullptr, true};
        default: return {};
    }
}

/// A name that waits for its query.
struct FExpr final : Expression {
    Name path;
    explicit FExpr(Name name) : path(std::move(name)) {}
    Expr resolve(Resolver& resolver) const override { return resolver.column(path); }
    void write(SqlWriter&) const override {}
    bool conditional() const override { return true; }  // known when resolved
    std::string default_alias() const override { return std::string(path.view()); }
};

struct OuterRefExpr final : Expression {
    Name path;
    explicit OuterRefExpr(Name name) : path(std::move(name)) {}
    Expr resolve(Resolver& resolver) const override {
        if (!resolver.select.outer)
            throw ValueError(
                "This queryset contains a reference to an outer query and may only be used in a subquery.");
        Resolver around(*resolver.select.outer);
        return make_ref<OuterExpr>(around.column(path));
    }
    void write(SqlWriter&) const override {}
};

struct NotExpr final : Expression {
    Expr operand;
    explicit NotExpr(Expr inner) : operand(std::move(inner)) {}
    Expr resolve(Resolver& resolver) const override { return make_ref<NotExpr>(resolver(operand)); }
    void write(SqlWriter& out) const override {
        out << "NOT (";
        operand->write(out);
        out << ')';
    }
    OutputType output() const override { return {FieldKind::boolean, nullptr, true}; }
    bool contains_aggregate() const override { return operand->contains_aggregate(); }
    Outcome outcome() const override {
        const Outcome inner = operand->outcome();
        return inner == Outcome::varies ? inner : inner == Outcome::never ? Outcome::always : Outcome::never;
    }
};

struct NegateExpr final : Expression {
    Expr operand;
    explicit NegateExpr(Expr inner) : operand(std::move(inner)) {}
    Expr resolve(Resolver& resolver) const override { return make_ref<NegateExpr>(resolver(operand)); }
    void write(SqlWriter& out) const override {
        out << "-(";
        operand->write(out);
        out << ')';
    }
    OutputType output() const override { return operand->output(); }
    bool contains_aggregate() const override { return operand->contains_aggregate(); }
};

/// A condition as a value.
struct ConditionExpr final : Expression {
    QNode node;
    explicit ConditionExpr(QNode tree) : node(std::move(tree)) {}
    Expr resolve(Resolver& resolver) const override {
        Expr condition = resolver.condition(node);
        return condition ? condition : Expr(make_ref<ValueExpr>(Literal(true)));
    }
    void write(SqlWriter&) const override {}
    OutputType output() const override { return {FieldKind::boolean, nullptr, true}; }
};

void write_condition(SqlWriter& out, const Expr& condition) {
    switch (condition->outcome()) {
        case Outcome::varies: condition->write(out); break;
        case Outcome::never: out << "1 = 0"; break;
        case Outcome::always: out << "1 = 1"; break;
    }
}

struct CaseExpr final : Expression {
    struct Branch {
        QNode node;      // as written
        Expr condition;  // resolved
        Expr then;
    };
    std::vector<Branch> branches;
    Expr otherwise;

    Expr resolve(Resolver& resolver) const override {
        auto resolved = make_ref<CaseExpr>();
        resolved->source = Expr(this);
        for (const Branch& branch : branches) {
            Branch made;
            made.condition = resolver.condition(branch.node);
            if (!made.condition) made.condition = make_ref<ValueExpr>(Literal(true));
            made.then = resolver(branch.then);
            resolved->branches.push_back(std::move(made));
        }
        resolved->otherwise = resolver(otherwise);
        return resolved;
    }
    void write(SqlWriter& out) const override {
        if (branches.empty()) {
            if (otherwise)
                otherwise->write(out);
            else
                out << "NULL";
            return;
        }
        out << "CASE";
        for (const Branch& branch : branches) {
            out << " WHEN ";
            write_condition(out, branch.condition);
            out << " THEN ";
            branch.then->write(out);
        }
        out << " ELSE ";
        if (otherwise)
            otherwise->write(out);
        else
            out << "NULL";
        out << " END";
    }
    OutputType output() const override {
        for (const Branch& branch : branches) {
            if (OutputType type = branch.then->output(); type.known) return type;
        }
        return otherwise ? otherwise->output() : OutputType{};
    }
    bool contains_aggregate() const override {
        return (otherwise && otherwise->contains_aggregate()) ||
               std::any_of(branches.begin(), branches.end(), [](const Branch& branch) {
                   return branch.condition->contains_aggregate() || branch.then->contains_aggregate();
               });
    }
    Expr source;  // keeps the conditions' literals
};

/// NAME(arguments), or arguments with an operator between them.
struct FunctionExpr final : Expression {
    std::string_view name;
    std::string_view separator = ", ";
    std::string_view suffix;
    std::vector<Expr> arguments;
    FieldKind kind = FieldKind::char_;
    bool kind_of_first = false;

    Expr resolve(Resolver& resolver) const override {
        auto resolved = make_ref<FunctionExpr>(*this);
        for (Expr& argument : resolved->arguments) argument = resolver(argument);
        return resolved;
    }
    void write(SqlWriter& out) const override {
        out << name << '(';
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            if (i) out << separator;
            arguments[i]->write(out);
        }
        out << suffix << ')';
    }
    OutputType output() const override {
        if (!kind_of_first) return {kind, nullptr, true};
        for (const Expr& argument : arguments) {
            OutputType type = argument->output();
            if (type.known) return type;
        }
        return {};
    }
    bool contains_aggregate() const override {
        return std::any_of(arguments.begin(), arguments.end(), [](const Expr& e) { return e->contains_aggregate(); });
    }
    void group_by(std::vector<Expr>& out) const override {
        if (contains_aggregate()) {
            for (const Expr& argument : arguments) argument->group_by(out);
        } else {
            out.push_back(Expr(this));
        }
    }
};

struct CastExpr final : Expression {
    Expr operand;
    FieldKind kind;
    CastExpr(Expr inner, FieldKind to) : operand(std::move(inner)), kind(to) {}
    Expr resolve(Resolver& resolver) const override { return make_ref<CastExpr>(resolver(operand), kind); }
    void write(SqlWriter& out) const override {
        out << "CAST(";
        operand->write(out);
        out << " AS " << out.operations().cast_type(output_name(output())) << ')';
    }
    OutputType output() const override { return {kind, nullptr, true}; }
    bool contains_aggregate() const override { return operand->contains_aggregate(); }
};

struct TruncExpr final : Expression {
    std::string_view unit;
    Expr operand;
    TruncExpr(std::string_view which, Expr from) : unit(which), operand(std::move(from)) {}
    Expr resolve(Resolver& resolver) const override {
        Expr inner = resolver(operand);
        const OutputType type = inner->output();
        const bool clock = unit == "hour" || unit == "minute" || unit == "second";
        if (!type.known ||
            (type.kind != FieldKind::date && type.kind != FieldKind::date_time && type.kind != FieldKind::time))
            throw TypeError(repr(Literal(type.field ? type.field->name : "")) +
                            " isn't a DateField, TimeField, or DateTimeField.");
        if ((type.kind == FieldKind::date && clock) || (type.kind == FieldKind::time && !clock))
            throw ValueError("Cannot truncate " + std::string(output_name(type)) + " '" +
                             (type.field ? type.field->name : "") + "' to " + (clock ? "DateTimeField" : "DateField") +
                             ".");
        return make_ref<TruncExpr>(unit, std::move(inner));
    }
    void write(SqlWriter& out) const override {
        const Wrap wrap = out.operations().trunc(unit, output_name({operand->output().kind, nullptr, true}));
        out << wrap.before;
        operand->write(out);
        out << wrap.after;
    }
    OutputType output() const override { return {operand->output().kind, nullptr, true}; }
    bool contains_aggregate() const override { return operand->contains_aggregate(); }
};

struct NowExpr final : Expression {
    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override { out.param(out.keep(Literal(timezone::now()))); }
    OutputType output() const override { return {FieldKind::date_time, nullptr, true}; }
    void group_by(std::vector<Expr>&) const override {}
};

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

Expr function_of(std::string_view name, std::vector<Expr> arguments, FieldKind kind, bool kind_of_first = false) {
    auto made = make_ref<FunctionExpr>();
    made->name = name;
    made->arguments = std::move(arguments);
    made->kind = kind;
    made->kind_of_first = kind_of_first;
    return made;
}

}  // namespace

void Col::write(SqlWriter& out) const {
    if (out.scope && out.scope->summary) {  // an aggregate over a subquery: its columns have names of their own
        Select::Summary& summary = *out.scope->summary;
        std::size_t i = 0;
        while (i < summary.columns.size() && summary.columns[i] != std::pair(alias, target)) ++i;
        if (i == summary.columns.size()) summary.columns.emplace_back(alias, target);
        out.name("__col" + std::to_string(i + 1));
        return;
    }
    if (out.scope && !out.bare_columns) {
        out.scope->write_table_name(out, static_cast<std::size_t>(alias));
        out << '.';
    }
    out.name(target->column);
}

void AnnotationRef::write(SqlWriter& out) const {
    if (!out.scope || !out.scope->summary) return expression->write(out);
    Select::Summary& summary = *out.scope->summary;
    if (index >= summary.inner->annotations.size()) return expression->write(out);  // an aggregate beside this one
    if (std::find(summary.used_annotations.begin(), summary.used_annotations.end(), index) ==
        summary.used_annotations.end())
        summary.used_annotations.push_back(index);
    out.name(summary.inner->annotations[index].alias);
}

void OuterExpr::write(SqlWriter& out) const {
    const Select* inner = out.scope;
    out.scope = inner->outer;
    expression->write(out);
    out.scope = inner;
}

ValueExpr::ValueExpr(Literal value) : literal(std::move(value)), type(type_of(literal)) {}

void ValueExpr::write(SqlWriter& out) const { out.param(literal); }

bool transform_fits(std::string_view name, const OutputType& type) {
    if (!type.known) return false;
    const bool day = type.kind == FieldKind::date || type.kind == FieldKind::date_time;
    const bool clock = type.kind == FieldKind::time || type.kind == FieldKind::date_time;
    if (is_one_of(name, {"year", "iso_year", "month", "day", "week", "week_day", "iso_week_day", "quarter"}))
        return day;
    if (is_one_of(name, {"hour", "minute", "second"})) return clock;
    return is_one_of(name, {"date", "time"}) && type.kind == FieldKind::date_time;
}

namespace {

/// "created__date", "created__time".
struct DatePartCast final : Expression {
    std::string_view part;
    Expr operand;
    DatePartCast(std::string_view which, Expr from) : part(which), operand(std::move(from)) {}
    Expr resolve(Resolver& resolver) const override { return make_ref<DatePartCast>(part, resolver(operand)); }
    void write(SqlWriter& out) const override {
        const Wrap wrap = out.operations().trunc(part, "DateTimeField");
        out << wrap.before;
        operand->write(out);
        out << wrap.after;
    }
    OutputType output() const override { return {part == "date" ? FieldKind::date : FieldKind::time, nullptr, true}; }
    bool contains_aggregate() const override { return operand->contains_aggregate(); }
};

}  // namespace

Expr apply_transform(std::string_view name, const Expr& operand) {
    const OutputType type = operand->output();
    if (!transform_fits(name, type)) return {};
    for (const std::string_view part : kDateParts) {
        if (part != name) continue;
        if (part == "date" || part == "time") return make_ref<DatePartCast>(part, operand);
        return make_ref<ExtractExpr>(part, operand);
    }
    return {};
}

Expr ExtractExpr::resolve(Resolver& resolver) const {
    Expr inner = resolver(operand);
    if (!transform_fits(part, inner->output()))
        throw ValueError("Extract input expression must be DateField, DateTimeField, TimeField, or DurationField.");
    return make_ref<ExtractExpr>(part, std::move(inner));
}

void ExtractExpr::write(SqlWriter& out) const {
    const Wrap wrap = out.operations().extract(part, output_name({operand->output().kind, nullptr, true}));
    out << wrap.before;
    operand->write(out);
    out << wrap.after;
}

Expr CombinedExpr::resolve(Resolver& resolver) const {
    Expr a = resolver(left);
    Expr b = resolver(right);
    return make_ref<CombinedExpr>(std::move(a), operation, std::move(b));
}

void CombinedExpr::write(SqlWriter& out) const {
    if (operation == '^') {
        out << "POWER(";
        left->write(out);
        out << ", ";
        right->write(out);
        out << ')';
        return;
    }
    out << '(';
    left->write(out);
    switch (operation) {
        case '<': out << " << "; break;
        case '>': out << " >> "; break;
        default: out << ' ' << operation << ' ';
    }
    right->write(out);
    out << ')';
}

OutputType CombinedExpr::output() const {
    const OutputType a = left->output(), b = right->output();
    const auto integer = [](const OutputType& type) {
        return type.kind <= FieldKind::positive_big_integer && type.kind != FieldKind::boolean;
    };
    if (!a.known || !b.known) return {};
    if (integer(a) && integer(b)) return {FieldKind::integer, nullptr, true};
    const auto number = [&](const OutputType& type) {
        return integer(type) || type.kind == FieldKind::float_ || type.kind == FieldKind::decimal;
    };
    if (number(a) && number(b)) {
        const bool decimal = a.kind == FieldKind::decimal || b.kind == FieldKind::decimal;
        const bool real = a.kind == FieldKind::float_ || b.kind == FieldKind::float_;
        if (decimal && real) return {};
        return {decimal ? FieldKind::decimal : FieldKind::float_, nullptr, true};
    }
    return {};
}

void CombinedExpr::group_by(std::vector<Expr>& out) const {
    if (contains_aggregate()) {
        left->group_by(out);
        right->group_by(out);
    } else {
        out.push_back(Expr(this));
    }
}

namespace expr {

Expr F(Name path) { return make_ref<FExpr>(std::move(path)); }
Expr value(Literal literal) { return make_ref<ValueExpr>(std::move(literal)); }
Expr value(Literal literal, FieldKind kind) { return make_ref<ValueExpr>(std::move(literal), kind); }
Expr combine(Expr left, char operation, Expr right) {
    if (std::string_view("+-*/%^&|<>").find(operation) == std::string_view::npos) throw TypeError("Unknown operator.");
    return make_ref<CombinedExpr>(std::move(left), operation, std::move(right));
}
Expr negate(Expr operand) { return make_ref<NegateExpr>(std::move(operand)); }
Expr outer_ref(Name path) { return make_ref<OuterRefExpr>(std::move(path)); }
Expr exists(Query query) { return make_ref<SubqueryExpr>(std::move(query), true); }
Expr not_(Expr condition) { return make_ref<NotExpr>(std::move(condition)); }
Expr subquery(Query query) { return make_ref<SubqueryExpr>(std::move(query), false); }
Expr condition(QNode node) { return make_ref<ConditionExpr>(std::move(node)); }

namespace {
template <class Whens> Expr make_case(const Whens& whens, Expr otherwise) {
    auto made = make_ref<CaseExpr>();
    for (const When& when : whens) made->branches.push_back({*when.condition, {}, when.then});
    made->otherwise = std::move(otherwise);
    return made;
}
}  // namespace

Expr case_(std::initializer_list<When> whens, Expr default_) { return make_case(whens, std::move(default_)); }
Expr case_(const std::vector<When>& whens, Expr default_) { return make_case(whens, std::move(default_)); }

Expr function(std::string_view sql_name, std::vector<Expr> arguments, FieldKind result) {
    for (const char c : sql_name) {
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
            throw ValueError("A function's name has letters, digits and underscores only.");
    }
    return function_of(sql_name, std::move(arguments), result);
}
Expr lower(Expr operand) { return function_of("LOWER", {std::move(operand)}, FieldKind::char_); }
Expr upper(Expr operand) { return function_of("UPPER", {std::move(operand)}, FieldKind::char_); }
Expr length(Expr operand) { return function_of("LENGTH", {std::move(operand)}, FieldKind::integer); }
Expr coalesce(std::vector<Expr> operands) {
    if (operands.size() < 2) throw ValueError("Coalesce must take at least two expressions");
    return function_of("COALESCE", std::move(operands), FieldKind::char_, true);
}
Expr concat(std::vector<Expr> operands) {
    if (operands.size() < 2) throw ValueError("Concat must take at least two expressions");
    auto made = make_ref<FunctionExpr>();
    for (Expr& operand : operands)
        made->arguments.push_back(function_of("COALESCE", {std::move(operand), value(Literal(""))}, FieldKind::char_));
    made->separator = " || ";
    return made;
}
Expr extract(std::string_view part, Expr operand) {
    for (const std::string_view known : kDateParts) {
        if (known == part && part != "date" && part != "time") return make_ref<ExtractExpr>(known, std::move(operand));
    }
    throw ValueError("Invalid date part: " + repr(Literal(part)) + ".");
}
Expr trunc(std::string_view unit, Expr operand) {
    static constexpr std::string_view kUnits[] = {"year", "quarter", "month",  "week",
                                                  "day",  "hour",    "minute", "second"};
    for (const std::string_view known : kUnits) {
        if (known == unit) return make_ref<TruncExpr>(known, std::move(operand));
    }
    throw ValueError("Invalid unit to truncate to: " + repr(Literal(unit)) + ".");
}
Expr now() { return make_ref<NowExpr>(); }
Expr random() { return function_of("RANDOM", {}, FieldKind::float_); }
Expr cast(Expr operand, FieldKind to) { return make_ref<CastExpr>(std::move(operand), to); }

}  // namespace expr

}  // namespace nuages::db::models

// Values, columns by name, arithmetic, conditions and functions.
#include <nuages/db/models/detail/functions.hpp>
#include <nuages/db/models/detail/json.hpp>
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
    std::string describe() const override { return "F(" + std::string(path.view()) + ")"; }
};

// Whether there is no outer query yet: fine while a query is only checked, an error when it is run.
bool is_open(const Resolver& resolver) {
    if (resolver.select.outer) return false;
    if (!resolver.select.checking)
        throw ValueError("This queryset contains a reference to an outer query and may only be used in a subquery.");
    return true;
}

// A column of the query around; of a composite key a tuple of them.
Expr outer(const Expr& column) {
    const std::vector<Expr>* parts = column->as_tuple();
    if (!parts) return make_ref<OuterExpr>(column);
    std::vector<Expr> outside;
    for (const Expr& part : *parts) outside.push_back(make_ref<OuterExpr>(part));
    return make_ref<TupleExpr>(std::move(outside), column->output().field);
}

bool is_or_extends(const ModelMeta& model, const ModelMeta& wanted) {
    if (&model == &wanted) return true;
    for (const Field* link : model.parent_links()) {
        if (is_or_extends(link->target(), wanted)) return true;
    }
    return false;
}

struct OuterRefExpr final : Expression {
    Name path;
    const ModelMeta& (*model)();  // of the query around; null: any
    OuterRefExpr(Name name, const ModelMeta& (*of)()) : path(std::move(name)), model(of) {}
    Expr resolve(Resolver& resolver) const override {
        if (is_open(resolver)) return Expr(this);
        const Select& outer_query = *resolver.select.outer;
        if (model && !is_or_extends(outer_query.model, model()))
            throw FieldError("OuterRef<" + model().object_name + ">(\"" + std::string(path.view()) + "\") stands in a query of " +
                             outer_query.model.object_name + ".");
        Resolver around(*resolver.select.outer);
        return outer(around.column(path));
    }
    void write(SqlWriter&) const override {}
    std::string describe() const override { return "OuterRef(" + std::string(path.view()) + ")"; }
};

/// OuterRef(OuterRef("pk")): a column two queries further out.
struct NestedOuterRef final : Expression {
    Expr inner;
    explicit NestedOuterRef(Expr reference) : inner(std::move(reference)) {}
    Expr resolve(Resolver& resolver) const override {
        if (is_open(resolver)) return Expr(this);
        Resolver around(*resolver.select.outer);
        return outer(around(inner));
    }
    void write(SqlWriter&) const override {}
    std::string describe() const override { return "OuterRef(" + inner->describe() + ")"; }
};

/// A comparison written as an expression: GreaterThan(F("a"), F("b")).
struct LookupCall final : Expression {
    std::string_view name;
    Expr lhs, rhs;
    LookupCall(std::string_view lookup, Expr left, Expr right) : name(lookup), lhs(std::move(left)), rhs(std::move(right)) {}
    Expr resolve(Resolver& resolver) const override {
        Expr left = resolver(lhs), right = resolver(rhs);
        NameParts names;
        names.push_back(name);
        if (const auto* value = dynamic_cast<const ValueExpr*>(right.get())) {
            Expr made = resolver.select.build_lookup(names, 0, std::move(left), &value->literal, {});
            resolver.select.kept_expressions.push_back(std::move(right));  // its literal
            return made;
        }
        return resolver.select.build_lookup(names, 0, std::move(left), nullptr, std::move(right));
    }
    void write(SqlWriter&) const override {}
    OutputType output() const override { return {FieldKind::boolean, nullptr, true}; }
    std::string describe() const override { return std::string(name) + "(" + lhs->describe() + ", " + rhs->describe() + ")"; }
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
    void visit(FunctionRef<void(const Expr&)> child) const override { child(operand); }
    std::string describe() const override { return "~" + operand->describe(); }
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
    void visit(FunctionRef<void(const Expr&)> child) const override { child(operand); }
    std::string describe() const override { return "-" + operand->describe(); }
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
        std::vector<Expr> results;
        for (const Branch& branch : branches) results.push_back(branch.then);
        if (otherwise) results.push_back(otherwise);
        return common_output(results);
    }
    void visit(FunctionRef<void(const Expr&)> child) const override {
        for (const Branch& branch : branches) {
            child(branch.condition);
            child(branch.then);
        }
        child(otherwise);
    }
    std::string describe() const override { return "Case(" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + ")"; }
    Expr source;  // keeps the conditions' literals
};

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

void ValueExpr::write(SqlWriter& out) const {
    const bool decimal = type.known && type.kind == FieldKind::decimal && !out.inline_literals;
    const LookupOperator wrap = decimal ? out.operations().decimal_value() : LookupOperator{};
    if (literal.kind() == Literal::Kind::json || (type.known && type.kind == FieldKind::json)) return out.json_param(json_of(literal));
    out << wrap.before;
    out.param(literal);
    out << wrap.after;
}

std::string ValueExpr::describe() const { return "Value(" + repr(literal) + ")"; }

namespace {

bool is_integer(const OutputType& type) {
    return type.kind <= FieldKind::positive_big_integer && type.kind != FieldKind::boolean;
}

bool is_temporal(const OutputType& type) {
    return type.kind == FieldKind::date || type.kind == FieldKind::date_time || type.kind == FieldKind::time;
}

// The type of a sum or difference with dates and durations; unknown for all other pairs.
OutputType temporal_output(const OutputType& a, const OutputType& b, char operation) {
    const auto of = [](FieldKind kind) { return OutputType{kind, nullptr, true}; };
    if (a.kind == FieldKind::duration && b.kind == FieldKind::duration) return of(FieldKind::duration);
    if (operation == '-' && is_temporal(a) && a.kind == b.kind) return of(FieldKind::duration);
    const bool reversed = operation == '+' && a.kind == FieldKind::duration;
    const OutputType& moment = reversed ? b : a;
    const OutputType& span = reversed ? a : b;
    if (!is_temporal(moment) || span.kind != FieldKind::duration) return {};
    return of(moment.kind == FieldKind::time ? FieldKind::time : FieldKind::date_time);
}

}  // namespace

Expr CombinedExpr::resolve(Resolver& resolver) const {
    Expr a = resolver(left);
    Expr b = resolver(right);
    return make_ref<CombinedExpr>(std::move(a), operation, std::move(b));
}

void CombinedExpr::write(SqlWriter& out) const {
    const OutputType a = left->output(), b = right->output();
    const bool durations = a.known && b.known && (a.kind == FieldKind::duration) != (b.kind == FieldKind::duration);
    if (durations && write_call(out, out.operations().duration_arithmetic(operation))) return;
    if (operation == '-' && a.known && b.known && a.kind == b.kind && is_temporal(a) &&
        write_call(out, out.operations().subtract_temporals(output_name({a.kind, nullptr, true}))))
        return;
    const OutputType type = output();
    const LookupOperator wrap =
        type.known && type.kind == FieldKind::decimal ? out.operations().decimal_expression() : LookupOperator{};
    out << wrap.before;
    const std::string_view function = out.operations().operator_function(operation);
    if (!function.empty()) {
        out << function << '(';
        left->write(out);
        out << ", ";
        right->write(out);
        out << ')' << wrap.after;
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
    out << ')' << wrap.after;
}

bool CombinedExpr::write_call(SqlWriter& out, const Wrap& call) const {
    if (call.before.empty()) return false;
    out << call.before;
    left->write(out);
    out << ", ";
    right->write(out);
    out << call.after;
    return true;
}

OutputType CombinedExpr::output() const {
    const OutputType a = left->output(), b = right->output();
    if (!a.known || !b.known) {
        const auto* value = dynamic_cast<const ValueExpr*>((a.known ? right : left).get());
        return value && value->literal.is_null() ? (a.known ? a : b) : OutputType{};  // NULL fits every type
    }
    if (std::string_view("&|<>#").find(operation) != std::string_view::npos)
        return is_integer(a) && is_integer(b) ? OutputType{FieldKind::integer, nullptr, true} : OutputType{};
    if (is_integer(a) && is_integer(b)) return {FieldKind::integer, nullptr, true};
    const auto number = [&](const OutputType& type) {
        return is_integer(type) || type.kind == FieldKind::float_ || type.kind == FieldKind::decimal;
    };
    if (number(a) && number(b)) {
        const bool decimal = a.kind == FieldKind::decimal || b.kind == FieldKind::decimal;
        const bool real = a.kind == FieldKind::float_ || b.kind == FieldKind::float_;
        if (decimal && real) return {};
        return {decimal ? FieldKind::decimal : FieldKind::float_, nullptr, true};
    }
    return operation == '+' || operation == '-' ? temporal_output(a, b, operation) : OutputType{};
}

std::string CombinedExpr::describe() const {
    const std::string_view shown = operation == '^' ? "^" : operation == '<' ? "<<" : operation == '>' ? ">>" : std::string_view(&operation, 1);
    return left->describe() + " " + std::string(shown) + " " + right->describe();
}

void CombinedExpr::group_by(std::vector<Expr>& out) const {
    if (contains_aggregate()) {
        left->group_by(out);
        right->group_by(out);
    } else {
        out.push_back(Expr(this));
    }
}

OrderBy::OrderBy(Name name) : path(std::move(name)) {}
OrderBy::OrderBy(const char* name) : path(name) {}
OrderBy::OrderBy(Expr expr, bool desc, Nulls where) : expression(std::move(expr)), descending(desc), nulls(where) {}
OrderBy::OrderBy(const OrderBy&) = default;
OrderBy::OrderBy(OrderBy&&) noexcept = default;
OrderBy& OrderBy::operator=(const OrderBy&) = default;
OrderBy& OrderBy::operator=(OrderBy&&) noexcept = default;
OrderBy::~OrderBy() = default;

constinit const AggregateOptions plain_aggregate{};

Expression::Expression() = default;
Expression::Expression(const Expression&) = default;
Expression::~Expression() = default;
OutputType Expression::output() const { return {}; }
void Expression::visit(FunctionRef<void(const Expr&)>) const {}
std::string Expression::describe() const { return {}; }
// What stands around an aggregate cannot be grouped by; what stands beside it can.
void Expression::group_by(std::vector<Expr>& out) const {
    if (!contains_aggregate()) return out.push_back(Expr(this));
    visit([&](const Expr& child) {
        if (child) child->group_by(out);
    });
}
bool Expression::conditional() const { return output().known && output().kind == FieldKind::boolean; }
Literal Expression::empty_value() const { return {}; }
std::string Expression::default_alias() const { return {}; }

bool Expression::contains_aggregate() const {
    bool found = false;
    visit([&](const Expr& child) { found = found || (child && child->contains_aggregate()); });
    return found;
}

bool Expression::contains_over() const {
    bool found = is_window();
    visit([&](const Expr& child) { found = found || (child && child->contains_over()); });
    return found;
}

OutputType output_of(const Field& field) {
    const Field& value = field.value_field();
    OutputType type{value.kind, &field, true, value.decimal_places, value.max_length};
    return type;
}

bool same_expression(const Expr& a, const Expr& b) {
    if (a == b) return true;
    const std::string text = a ? a->describe() : std::string();
    return !text.empty() && b && text == b->describe();
}

namespace expr {

Expr F(Name path) { return make_ref<FExpr>(std::move(path)); }
Expr value(Literal literal) { return make_ref<ValueExpr>(std::move(literal)); }
Expr value(Literal literal, FieldKind kind) { return make_ref<ValueExpr>(std::move(literal), kind); }
Expr combine(Expr left, char operation, Expr right) {
    if (std::string_view("+-*/%^&|<>#").find(operation) == std::string_view::npos) throw TypeError("Unknown operator.");
    return make_ref<CombinedExpr>(std::move(left), operation, std::move(right));
}
Expr negate(Expr operand) { return make_ref<NegateExpr>(std::move(operand)); }
Expr outer_ref(Name path, const ModelMeta& (*model)()) { return make_ref<OuterRefExpr>(std::move(path), model); }
Expr outer_ref(Expr inner) { return make_ref<NestedOuterRef>(std::move(inner)); }
Expr lookup(std::string_view name, Expr lhs, Expr rhs) {
    const LookupKind kind = find_lookup(name);
    if (kind == LookupKind::none) throw TypeError("There is no lookup " + repr(Literal(name)) + ".");
    return make_ref<LookupCall>(lookup_name(kind), std::move(lhs), std::move(rhs));
}
Expr exists(Query query) { return make_ref<SubqueryExpr>(std::move(query), true); }
Expr not_(Expr condition) { return make_ref<NotExpr>(std::move(condition)); }
Expr subquery(Query query) { return make_ref<SubqueryExpr>(std::move(query), false); }
Expr subquery(Query query, OutputType output) {
    auto made = make_ref<SubqueryExpr>(std::move(query), false);
    made->declared = output;
    return made;
}
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

}  // namespace expr

}  // namespace nuages::db::models

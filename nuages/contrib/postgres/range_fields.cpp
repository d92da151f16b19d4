#include <nuages/contrib/postgres/detail/own_lookups.hpp>
#include <nuages/contrib/postgres/range_fields.hpp>
#include <nuages/core/validators/validation_error.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/detail/described_options.hpp>
#include <nuages/db/models/detail/json.hpp>
#include <nuages/db/models/detail/nodes.hpp>
#include <nuages/db/models/errors.hpp>

#include <array>

namespace nuages::postgres {

namespace {

using models::Expr;
using models::Field;
using models::FieldKind;
using models::FieldLookup;
using models::Literal;
using Kind = Literal::Kind;

struct RangeClass {
    const models::FieldType* type;
    FieldKind bound;
    std::string_view range_sql, bound_sql;
};
const std::array<RangeClass, 5>& range_classes() {
    static const std::array<RangeClass, 5> all{{
        {&integer_range_type, FieldKind::integer, "int4range", "integer"},
        {&big_integer_range_type, FieldKind::big_integer, "int8range", "bigint"},
        {&decimal_range_type, FieldKind::decimal, "numrange", "numeric"},
        {&date_range_type, FieldKind::date, "daterange", "date"},
        {&date_time_range_type, FieldKind::date_time, "tstzrange", "timestamp with time zone"},
    }};
    return all;
}

const RangeClass& class_of(const models::FieldType* type) {
    for (const RangeClass& known : range_classes()) {
        if (known.type == type) return known;
    }
    throw ImproperlyConfigured("The field is of no range class.");
}
const RangeClass& class_of(const Field& field) { return class_of(field.type); }

/// The field that stands for a bound: what a transform gives.
const Field& bound_field(const RangeClass& of) {
    static const std::array<Field, 5>* const fields = [] {
        auto* made = new std::array<Field, 5>;
        for (std::size_t i = 0; i < made->size(); ++i) (*made)[i].kind = range_classes()[i].bound;
        return made;
    }();
    return (*fields)[static_cast<std::size_t>(&of - range_classes().data())];
}

Literal list_of(Literal lower, Literal upper, std::string_view bounds) {
    return Literal(std::vector<Literal>{std::move(lower), std::move(upper), Literal(bounds)});
}

Literal prepared_bound(const Literal& value, FieldKind kind) {
    Literal storage;
    return models::prepared({kind, nullptr, true}, value, storage);
}

/// Reads [lower,upper) as the server prints it; a bound may stand in quotes.
class RangeParser {
public:
    RangeParser(std::string_view text, FieldKind kind) : text_(text), kind_(kind) {}
    Literal parse() {
        if (text_ == "empty") return list_of({}, {}, "empty");
        if (text_.size() < 3) refuse();
        std::string bounds{text_.front(), text_.back()};
        detail::check_bounds(bounds);
        at_ = 1;
        Literal lower = bound(',');
        Literal upper = bound(text_.back());
        if (at_ != text_.size()) refuse();
        return list_of(std::move(lower), std::move(upper), bounds);
    }

private:
    [[noreturn]] void refuse() const { throw models::ValueError("'" + std::string(text_) + "' is no range"); }
    Literal bound(char end) {
        std::string out;
        bool quoted = false, given = false;
        for (; at_ < text_.size() && (quoted || text_[at_] != end); ++at_) {
            given = true;
            if (text_[at_] == '"' && quoted && at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
                out += text_[++at_];
            } else if (text_[at_] == '"') {
                quoted = !quoted;
            } else {
                if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
                out += text_[at_];
            }
        }
        if (at_ >= text_.size()) refuse();
        ++at_;
        return given ? prepared_bound(Literal(out), kind_) : Literal();
    }
    std::string_view text_;
    FieldKind kind_;
    std::size_t at_ = 0;
};

bool is_range_text(std::string_view text) {
    return text == "empty" || (text.size() >= 3 && (text.front() == '[' || text.front() == '(') && (text.back() == ']' || text.back() == ')'));
}

// {"lower": "1", "upper": "5", "bounds": "[)"} of a fixture.
Literal range_of_json(const Literal& pairs, FieldKind kind) {
    Literal parts[3] = {{}, {}, Literal("[)")};
    for (const Literal& pair : pairs.list()) {
        if (pair.kind() != Kind::list || pair.list().size() != 2) continue;
        const std::string name = pair.list()[0].kind() == Kind::text ? pair.list()[0].text() : "";
        const int place = name == "lower" ? 0 : name == "upper" ? 1 : name == "bounds" ? 2 : -1;
        if (place >= 0) parts[place] = pair.list()[1];
        if (name == "empty" && pair.list()[1].kind() == Kind::boolean && pair.list()[1].integer()) return list_of({}, {}, "empty");
    }
    return detail::range_of(Literal(std::vector<Literal>{parts[0], parts[1], parts[2]}), kind);
}

Literal get_prep_value(const Field& field, const Literal& value) {
    return Literal(detail::range_text(detail::range_of(value, class_of(field).bound)));
}

Literal from_db_value(const Field& field, const Literal& value) {
    return value.kind() == Kind::text ? RangeParser(value.text(), class_of(field).bound).parse() : value;
}

Literal to_python(const Field& field, const Literal& value) {
    const FieldKind kind = class_of(field).bound;
    try {
        if (value.kind() == Kind::text && !is_range_text(value.text())) {
            const std::optional<Literal> read = detail::literal_of_json(value.text());
            if (!read || read->kind() != Kind::list) throw models::ValueError("no range");
            return range_of_json(*read, kind);
        }
        Literal range = detail::range_of(value, kind);
        const Literal &lower = range.list()[0], &upper = range.list()[1];
        if (!lower.is_null() && !upper.is_null() && kind != FieldKind::decimal && upper.integer() < lower.integer())
            throw ValidationError("The start of the range must not exceed the end of the range.", "bound_ordering");
        return range;
    } catch (const ValidationError&) {
        throw;
    } catch (const Error&) {
        throw ValidationError("Enter two valid values.", "invalid");
    }
}

std::string value_to_string(const Field&, const Literal& value) {
    const std::vector<Literal>& parts = value.list();
    if (parts[2].text() == "empty") return "{\"empty\": true}";
    const auto bound = [](const Literal& part) { return part.is_null() ? std::string("null") : models::json_of(Literal(detail::plain_text(part))); };
    return "{\"lower\": " + bound(parts[0]) + ", \"upper\": " + bound(parts[1]) + ", \"bounds\": " + models::json_of(parts[2]) + "}";
}

// ---- lookups ----

// A value's type is said, since an operator of ranges could take several; expressions know theirs.
Expr typed(const Expr& lhs, Expr rhs) {
    const auto* value = dynamic_cast<const models::ValueExpr*>(rhs.get());
    if (!value) return rhs;
    const RangeClass& of = class_of(lhs->output().field->value_field());
    const bool is_range = value->literal.kind() == Kind::text && is_range_text(value->literal.text());
    return detail::wrapped("CAST(", std::move(rhs), " AS " + std::string(is_range ? of.range_sql : of.bound_sql) + ")", FieldKind::binary);
}

template <const char* Operation> Expr between(Expr lhs, Expr rhs) {
    Expr right = typed(lhs, std::move(rhs));
    return detail::compared(Operation, std::move(lhs), std::move(right));
}

constexpr char kEquals[] = " = ", kGreater[] = " > ", kGreaterOrEqual[] = " >= ", kLess[] = " < ", kLessOrEqual[] = " <= ",
               kContains[] = " @> ", kContainedBy[] = " <@ ", kOverlaps[] = " && ", kLeftOf[] = " << ", kRightOf[] = " >> ",
               kNotLeftOf[] = " &> ", kNotRightOf[] = " &< ", kAdjacentTo[] = " -|- ";

// A range, or one value of it.
Literal range_or_bound(const Field& field, const Literal& value) {
    const FieldKind kind = class_of(field).bound;
    if (value.kind() == Kind::list || (value.kind() == Kind::text && is_range_text(value.text()))) return get_prep_value(field, value);
    return prepared_bound(value, kind);
}
Literal bound_value(const Field& field, const Literal& value) { return prepared_bound(value, class_of(field).bound); }

Expr lower_of(Expr operand) {
    const RangeClass& of = class_of(operand->output().field->value_field());
    return detail::wrapped("LOWER(", std::move(operand), ")", bound_field(of));
}
Expr upper_of(Expr operand) {
    const RangeClass& of = class_of(operand->output().field->value_field());
    return detail::wrapped("UPPER(", std::move(operand), ")", bound_field(of));
}

// Of texts, startswith is a lookup; of ranges it is the lower bound.
Expr lower_equals(Expr lhs, Expr rhs) {
    Expr right = typed(lhs, std::move(rhs));
    return detail::compared(kEquals, lower_of(std::move(lhs)), std::move(right));
}
Expr upper_equals(Expr lhs, Expr rhs) {
    Expr right = typed(lhs, std::move(rhs));
    return detail::compared(kEquals, upper_of(std::move(lhs)), std::move(right));
}

const FieldLookup* get_lookup(std::string_view name) {
    static constexpr std::pair<std::string_view, FieldLookup> kLookups[] = {
        {"exact", {between<kEquals>}},
        {"gt", {between<kGreater>}},
        {"gte", {between<kGreaterOrEqual>}},
        {"lt", {between<kLess>}},
        {"lte", {between<kLessOrEqual>}},
        {"contains", {between<kContains>, range_or_bound}},
        {"contained_by", {between<kContainedBy>}},
        {"overlap", {between<kOverlaps>}},
        {"fully_lt", {between<kLeftOf>}},
        {"fully_gt", {between<kRightOf>}},
        {"not_lt", {between<kNotLeftOf>}},
        {"not_gt", {between<kNotRightOf>}},
        {"adjacent_to", {between<kAdjacentTo>}},
        {"startswith", {lower_equals, bound_value}},
        {"endswith", {upper_equals, bound_value}},
    };
    for (const auto& [known, lookup] : kLookups) {
        if (known == name) return &lookup;
    }
    return nullptr;
}

Expr get_transform(const Field&, std::string_view name, const Expr& operand) {
    if (name == "startswith") return lower_of(operand);
    if (name == "endswith") return upper_of(operand);
    for (const std::string_view question : {"isempty", "lower_inc", "lower_inf", "upper_inc", "upper_inf"}) {
        if (name == question) return detail::wrapped(std::string(question) + "(", operand, ")", FieldKind::boolean);
    }
    return {};
}

std::string db_type(const Field& field, const db::Connection& connection) {
    detail::require_postgresql(connection, field.type->name);
    return std::string(class_of(field).range_sql);
}

constexpr models::FieldType class_named(std::string_view name) {
    return {.name = name,
            .kind = FieldKind::binary,
            .db_type = db_type,
            .get_prep_value = get_prep_value,
            .from_db_value = from_db_value,
            .to_python = to_python,
            .value_to_string = value_to_string,
            .get_lookup = get_lookup,
            .get_transform = get_transform};
}

}  // namespace

constinit const models::FieldType integer_range_type = class_named("IntegerRangeField");
constinit const models::FieldType big_integer_range_type = class_named("BigIntegerRangeField");
constinit const models::FieldType decimal_range_type = class_named("DecimalRangeField");
constinit const models::FieldType date_range_type = class_named("DateRangeField");
constinit const models::FieldType date_time_range_type = class_named("DateTimeRangeField");

Field range_field(std::string name, const models::FieldType& type) {
    Field field;
    field.name = std::move(name);
    field.type = &type;
    detail::add_base(field);
    return field;
}

void report(const void* member, const RangeOptions& options) {
    models::detail::report_described(member, models::detail::described(options));
}

namespace detail {

std::string_view check_bounds(std::string_view bounds) {
    if (bounds != "[)" && bounds != "[]" && bounds != "(]" && bounds != "()")
        throw models::ValueError("Bounds of a range are [], [), (] or (), not " + repr(Literal(bounds)) + ".");
    return bounds;
}

Literal range_of(const Literal& value, FieldKind kind) {
    if (value.is_null()) return list_of({}, {}, "()");
    if (value.kind() == Kind::text) return RangeParser(value.text(), kind).parse();
    if (value.kind() != Kind::list || value.list().size() < 2 || value.list().size() > 3)
        throw models::ValueError("A range expected two bounds but got " + repr(value) + ".");
    const std::vector<Literal>& parts = value.list();
    std::string bounds = parts.size() == 3 && parts[2].kind() == Kind::text ? parts[2].text() : "[)";
    if (bounds != "empty") check_bounds(bounds);
    return list_of(prepared_bound(parts[0], kind), prepared_bound(parts[1], kind), bounds);
}

Literal read_range(const db::Cell& cell, FieldKind kind) {
    if (cell.kind() != db::CellKind::text) throw db::DataError("the column holds no range");
    return RangeParser(cell.text(), kind).parse();
}

std::string range_text(const Literal& range) {
    const std::vector<Literal>& parts = range.list();
    const std::string& bounds = parts[2].text();
    if (bounds == "empty") return bounds;
    std::string text(1, bounds[0]);
    if (!parts[0].is_null()) append_quoted(text, plain_text(parts[0]));
    text += ',';
    if (!parts[1].is_null()) append_quoted(text, plain_text(parts[1]));
    return text + bounds[1];
}

nuages::Value value_of_range(const Literal& range) {
    const auto bound = [](const Literal& part) {
        switch (part.kind()) {
            case Kind::null: return nuages::Value(nullptr);
            case Kind::integer: return nuages::Value(part.integer());
            case Kind::date: return nuages::Value::date(part.integer());
            case Kind::datetime: return nuages::Value::datetime(part.integer());
            case Kind::decimal: return nuages::Value::decimal(part.text());
            default: return nuages::Value(plain_text(part));
        }
    };
    const std::vector<Literal>& parts = range.list();
    return nuages::Value::map({{nuages::Value("lower"), bound(parts[0])}, {nuages::Value("upper"), bound(parts[1])}, {nuages::Value("bounds"), nuages::Value(parts[2].text())}});
}


void add_base(Field& field) { field.base_field = make_ref<models::BaseField>(bound_field(class_of(field))); }

}  // namespace detail

}  // namespace nuages::postgres

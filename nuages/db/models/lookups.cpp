// Lookups and transforms: "icontains", "year", "in" ...: how they are chosen and how they print.
#include <nuages/db/models/custom_lookups.hpp>
#include <nuages/db/models/detail/functions.hpp>
#include <nuages/db/models/detail/json.hpp>
#include <nuages/db/backend.hpp>
#include <nuages/db/database.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/field_type.hpp>

#include <nuages/utils/timezone.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace nuages::db::models {

namespace {

constexpr std::array<std::string_view, 21> kLookupNames = {
    "exact", "iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "gt",
    "gte",   "lt",     "lte",      "in",        "range",      "isnull",      "regex",    "iregex",
    "has_key", "has_keys", "has_any_keys", "contained_by"};

constexpr std::size_t kCommonLookups = 17;  // the others are JSON's

bool fits_relation(LookupKind kind) {
    return kind == LookupKind::exact || kind == LookupKind::in || kind == LookupKind::isnull ||
           (kind >= LookupKind::gt && kind <= LookupKind::lte);
}

bool is_pattern(LookupKind kind) { return kind >= LookupKind::iexact && kind <= LookupKind::iendswith; }

bool is_text_lookup(LookupKind kind) {
    return is_pattern(kind) || kind == LookupKind::regex || kind == LookupKind::iregex;
}

// Python's difflib: twice the characters in common blocks over the sum of the lengths.
std::size_t matching(std::string_view a, std::string_view b) {
    std::size_t best = 0, at_a = 0, at_b = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (std::size_t j = 0; j < b.size(); ++j) {
            std::size_t n = 0;
            while (i + n < a.size() && j + n < b.size() && a[i + n] == b[j + n]) ++n;
            if (n > best) {
                best = n;
                at_a = i;
                at_b = j;
            }
        }
    }
    if (best == 0) return 0;
    return best + matching(a.substr(0, at_a), b.substr(0, at_b)) +
           matching(a.substr(at_a + best), b.substr(at_b + best));
}

std::string suggestion(std::string_view name, const OutputType& type) {
    if (name.size() > 40) return ".";
    std::vector<std::pair<double, std::string_view>> found;
    const auto consider = [&](std::string_view known) {
        const double ratio =
            2.0 * static_cast<double>(matching(name, known)) / static_cast<double>(name.size() + known.size());
        if (ratio >= 0.6) found.emplace_back(-ratio, known);
    };
    for (std::size_t i = 0; i < kCommonLookups; ++i) {
        const bool relation = type.field && type.field->is_relation();
        if (!relation || fits_relation(static_cast<LookupKind>(i))) consider(kLookupNames[i]);
    }
    for (const std::string_view part : kDateParts) {
        if (transform_fits(part, type)) consider(part);
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : a.second > b.second;
    });
    if (found.empty()) return ".";
    std::string text = ", perhaps you meant ";
    for (std::size_t i = 0; i < found.size() && i < 3; ++i) {
        if (i) text += " or ";
        text += found[i].second;
    }
    return text + "?";
}

// Django's name of what a lookup stands on: a relation seen from its target is a "ManyToOneRel", a many-to-many one the
// foreign key behind its table.
std::string_view left_name(const Expr& lhs) {
    const OutputType type = lhs->output();
    const Col* column = lhs->as_column();
    if (!column || !type.field || !type.field->is_relation()) return output_name(type);
    if (type.field->kind == FieldKind::many_to_many) return "ForeignKey";
    const bool backward = column->target != type.field && column->target->model == type.field->model;
    if (!backward) return output_name(type);
    return type.field->kind == FieldKind::one_to_one ? "OneToOneRel" : "ManyToOneRel";
}

[[noreturn]] void unsupported(const NameParts& lookups, std::size_t from, const Expr& lhs) {
    std::string rest;
    for (std::size_t i = from; i < lookups.size(); ++i) {
        if (i > from) rest += "__";
        rest += lookups[i];
    }
    throw FieldError("Unsupported lookup '" + rest + "' for " + std::string(left_name(lhs)) +
                     " or join on the field not permitted" + suggestion(lookups[from], lhs->output()));
}

Ref<Lookup> with_literal(LookupKind kind, Expr lhs, Literal value) {
    auto lookup = make_ref<Lookup>(kind, std::move(lhs));
    lookup->owned = std::move(value);
    lookup->literal = &lookup->owned;
    return lookup;
}

// A query of objects stands for their keys.
void select_key(const Expr& lhs, Select& select) {
    if (select.selection != Select::Selection::model) return;
    const Field* key = &select.model.pk();
    const Field* left = lhs->output().field;
    if (left && left->is_foreign_key() && &left->target() == &select.model) key = &left->target_field();
    select.selection = Select::Selection::items;
    select.related.clear();
    select.base();
    select.items.push_back({select.column(0, *key, *key), {}});
    if (select.grouping == Select::Grouping::by_model || select.has_aggregates()) {
        std::erase_if(select.annotations,
                      [](const Select::Annotation& entry) { return entry.selected && !entry.aggregate; });
        for (Select::Annotation& entry : select.annotations) entry.selected = false;
    }
}

// The right side as a query: selects the columns that the left side compares with.
}  // namespace

void prepare_key_query(LookupKind kind, const Expr& lhs, const SubqueryExpr& subquery) {
    Select& select = *subquery.select;
    if (kind == LookupKind::exact && subquery.bare && select.high - select.low != 1 && !select.nothing)
        throw ValueError("The QuerySet value for an exact lookup must be limited to one result using slicing.");
    if (select.compound) {
        for (const Ref<Select>& part : select.compound->parts) select_key(lhs, *part);
    } else if (select.selection == Select::Selection::model) {
        select_key(lhs, select);
    }
    const Select& shown = select.compound ? *select.compound->parts.front() : select;
    std::size_t selected = 0;
    for (const Select::Item& item : shown.items) {
        const std::vector<Expr>* parts = item.expression->as_tuple();
        selected += parts ? parts->size() : 1;
    }
    const std::size_t wanted = lhs->as_tuple() ? lhs->as_tuple()->size() : 1;
    if (selected != wanted)
        throw ValueError("The QuerySet value for the '" + std::string(lookup_name(kind)) + "' lookup must have " +
                         std::to_string(wanted) + " selected fields (received " + std::to_string(selected) + ")");
    if (select.high < 0 && select.low == 0 && select.distinct_names.empty()) select.clear_ordering();
}

LookupKind find_lookup(std::string_view name) {
    for (std::size_t i = 0; i < kLookupNames.size(); ++i) {
        if (kLookupNames[i] == name) return static_cast<LookupKind>(i);
    }
    return LookupKind::none;
}

std::string_view lookup_name(LookupKind kind) { return kLookupNames[static_cast<std::size_t>(kind)]; }

namespace {

// Wraps `lhs` in the transforms that the names ask for; what is left is the lookup: a kind, or a program's own name.
struct FoundLookup {
    LookupKind kind = LookupKind::exact;
    std::string_view custom = {};
    const FieldLookup* own = nullptr;
};

// The program's class of a value's field; null: the framework's.
const FieldType* own_type(const OutputType& type) {
    if (!type.field || type.field->kind >= FieldKind::many_to_many) return nullptr;
    return type.field->value_field().type;
}

const FieldLookup* own_lookup(const OutputType& type, std::string_view name) {
    const FieldType* own = own_type(type);
    return own && own->get_lookup ? own->get_lookup(name) : nullptr;
}

bool kind_fits(LookupKind kind, const OutputType& type) {
    return static_cast<std::size_t>(kind) < kCommonLookups || (type.known && type.kind == FieldKind::json);
}

FoundLookup take_transforms(const NameParts& lookups, std::size_t first, Expr& lhs) {
    for (std::size_t i = first; i < lookups.size(); ++i) {
        const OutputType type = lhs->output();
        const bool relation = type.field && type.field->is_relation() && lhs->as_column();
        if (i + 1 == lookups.size()) {
            if (const FieldLookup* own = own_lookup(type, lookups[i])) return {find_lookup(lookups[i]), {}, own};
            const LookupKind found = find_lookup(lookups[i]);
            if (found != LookupKind::none && kind_fits(found, type) && (!relation || fits_relation(found))) return {found};
            if (!relation && has_custom_lookup(lookups[i], type)) return {LookupKind::none, lookups[i]};
        }
        Expr next = relation ? Expr() : apply_transform(lookups[i], lhs);
        if (!next) unsupported(lookups, i, lhs);
        lhs = next;
    }
    return {LookupKind::exact, {}, own_lookup(lhs->output(), "exact")};
}

}  // namespace

void not_iterable(const Literal& value) { throw TypeError("'" + std::string(python_type_name(value)) + "' object is not iterable"); }

namespace {

// The values of `in` and `range`, each converted; null is left out of `in`.
void prepare_items(Lookup& lookup, const OutputType& type, const Literal& literal) {
    if (literal.kind() != Literal::Kind::list) not_iterable(literal);
    const std::vector<Literal>& values = literal.list();
    if (lookup.kind == LookupKind::range && values.size() != 2) throw ValueError("The range lookup takes two values.");
    bool same = true;
    std::vector<Literal> items;
    for (std::size_t i = 0; i < values.size(); ++i) {
        Literal storage;
        const Literal& fitting = prepared(type, values[i], storage);
        if (same && (&fitting != &values[i] || values[i].is_null())) {
            same = false;
            items.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(i));
        }
        if (!same && !(lookup.kind == LookupKind::in && fitting.is_null())) items.push_back(fitting);
    }
    if (!same) lookup.owned = Literal(std::move(items));
    lookup.literal = same ? &literal : &lookup.owned;
}

// One value, converted to what the left side is.
void prepare_value(Lookup& lookup, OutputType type, const Literal& literal) {
    if (literal.kind() == Literal::Kind::list)
        throw ValueError("The value of the '" + std::string(lookup_name(lookup.kind)) + "' lookup must not be a list.");
    if (is_text_lookup(lookup.kind)) {
        type = {FieldKind::text, nullptr, true};
    }
    // An integer column against a fraction: rounded so that the comparison stays right.
    const bool integer = type.known && type.kind <= FieldKind::positive_big_integer && type.kind != FieldKind::boolean;
    if (integer && literal.kind() == Literal::Kind::real && std::isfinite(literal.real()) &&
        (lookup.kind == LookupKind::gte || lookup.kind == LookupKind::lt)) {
        Literal storage;
        lookup.owned = prepared(type, Literal(std::ceil(literal.real())), storage);
        lookup.literal = &lookup.owned;
        return;
    }
    lookup.literal = &prepared(type, literal, lookup.owned);
}

}  // namespace

namespace {

// A condition that does not depend on the row.
Expr constant_condition(bool holds) { return make_ref<WhereNode>(QNode::Op::and_, !holds); }

bool is_whole(const OutputType& type) {
    return type.known && type.kind <= FieldKind::positive_big_integer && type.kind != FieldKind::boolean;
}

// +1, -1 for a whole number past 64 bits to either side, 0 for all other values.
int past_64_bits(const Literal& value) {
    const bool digits = value.kind() == Literal::Kind::decimal &&
                        value.text().find_first_not_of("-0123456789") == std::string::npos && value.text().size() >= 19;
    if (!digits) return 0;
    std::int64_t number = 0;
    const auto end = std::from_chars(value.text().data(), value.text().data() + value.text().size(), number);
    if (end.ec == std::errc()) return 0;
    return value.text().front() == '-' ? -1 : 1;
}

// The same for a number that a column of this type cannot hold on that database.
int past_column(const OutputType& type, const Literal& value, std::string_view database) {
    if (value.kind() != Literal::Kind::integer) return past_64_bits(value);
    if (value.integer() >= 0 && value.integer() <= 32767) return 0;
    const Ref<Database>* found = nullptr;
    for (const Ref<Database>& each : databases()) {
        if (each->alias() == database_or_default(database)) found = &each;
    }
    if (!found) return 0;
    const Operations::Range range = whole_range(type, (*found)->driver().operations());
    return value.integer() > range.max ? 1 : value.integer() < range.min ? -1 : 0;
}

// No row has an integer that the column cannot hold: the comparison always or never holds.
Expr overflown(LookupKind kind, const OutputType& type, const Literal& literal, std::string_view database) {
    if (!is_whole(type)) return {};
    const int side = past_column(type, literal, database);
    if (!side) return {};
    switch (kind) {
        case LookupKind::exact: return constant_condition(false);
        case LookupKind::gt:
        case LookupKind::gte: return constant_condition(side < 0);
        case LookupKind::lt:
        case LookupKind::lte: return constant_condition(side > 0);
        default: return {};
    }
}

Literal without_overflown(const OutputType& type, const Literal& list) {
    std::vector<Literal> kept;
    for (const Literal& value : list.list()) {
        if (!is_whole(type) || !past_64_bits(value)) kept.push_back(value);
    }
    return Literal(std::move(kept));
}

bool any_overflown(const Literal& list) {
    return list.kind() == Literal::Kind::list &&
           std::any_of(list.list().begin(), list.list().end(), [](const Literal& value) { return past_64_bits(value) != 0; });
}

}  // namespace

Operations::Range whole_range(const OutputType& type, const Operations& operations) {
    constexpr Operations::Range kAll{INT64_MIN, INT64_MAX};
    if (!is_whole(type) || (type.field && type.field->is_relation())) return kAll;
    return operations.integer_range(output_name(type));
}

Expr Select::build_lookup(const NameParts& lookups, std::size_t first, Expr lhs, const Literal* literal, Expr rhs) {
    const FoundLookup found = take_transforms(lookups, first, lhs);
    const bool is_null = literal && literal->is_null();
    if (found.own && !(is_null && found.kind == LookupKind::exact)) {
        if (is_null) throw ValueError("Cannot use None as a query value");
        if (!rhs) {
            const OutputType left = lhs->output();
            const Field& field = left.field->value_field();
            Literal storage;
            rhs = make_ref<ValueExpr>(found.own->prepare ? found.own->prepare(field, *literal) : prepared(left, *literal, storage));
        }
        Resolver resolver(*this);
        return resolver(found.own->make(lhs, rhs));
    }
    if (!found.custom.empty()) {
        if (!rhs) {
            const OutputType left = lhs->output();
            Literal storage;
            rhs = left.known ? make_ref<ValueExpr>(prepared(left, *literal, storage), left.kind) : make_ref<ValueExpr>(*literal);
        }
        Resolver resolver(*this);  // what the program made of both sides may be unresolved yet
        return resolver(custom_lookup(found.custom, lhs, rhs));
    }
    const LookupKind kind = found.kind;
    if (kind == LookupKind::isnull && (!literal || literal->kind() != Literal::Kind::boolean))
        throw ValueError("The QuerySet value for an isnull lookup must be True or False.");
    const OutputType type = lhs->output();
    if (type.known && type.kind == FieldKind::composite) {
        if (Expr made = composite_condition(kind, lhs, literal, rhs)) return made;
    }
    if (literal && type.known && type.kind == FieldKind::json) {
        if (Expr made = json_lookup(kind, lhs, *literal)) return made;
    }
    if (type.json_part && is_text_lookup(kind)) lhs = json_text(lhs);
    if (kind == LookupKind::isnull) return with_literal(kind, std::move(lhs), *literal);
    if (const auto* value = dynamic_cast<const ValueExpr*>(rhs.get());
        value && value->type.known && value->type.kind == FieldKind::json && type.known && type.kind == FieldKind::json) {
        if (Expr made = json_lookup(kind, lhs, value->literal)) return made;
    }
    if (literal && literal->is_null()) {
        if (kind != LookupKind::exact && kind != LookupKind::iexact)
            throw ValueError("Cannot use None as a query value");
        return with_literal(LookupKind::isnull, std::move(lhs), Literal(true));
    }

    auto lookup = make_ref<Lookup>(kind, std::move(lhs));
    if (rhs) {
        if (const auto* subquery = dynamic_cast<const SubqueryExpr*>(rhs.get()); subquery && !subquery->exists)
            prepare_key_query(kind, lookup->lhs, *subquery);
        if (const std::vector<Expr>* parts = rhs->as_tuple(); parts && (kind == LookupKind::in || kind == LookupKind::range)) {
            lookup->items = *parts;
            return lookup;
        }
        lookup->rhs = std::move(rhs);
        return lookup;
    }
    if (kind == LookupKind::in || kind == LookupKind::range) {
        if (kind == LookupKind::in && is_whole(type) && any_overflown(*literal)) {
            kept_literals.push_back(without_overflown(type, *literal));
            literal = &kept_literals.back();
        }
        prepare_items(*lookup, type, *literal);
        return lookup;
    }
    if (type.known && type.json_part && type.kind == FieldKind::json && !is_text_lookup(kind)) {
        prepare_value(*lookup, OutputType{}, *literal);  // numbers and texts out of a document are plain
        return lookup;
    }
    if (Expr made = overflown(kind, type, *literal, database)) return made;
    const auto* extract = dynamic_cast<const ExtractExpr*>(lookup->lhs.get());
    const bool year_part = extract && (extract->part == "year" || extract->part == "iso_year");
    if (year_part && literal->kind() != Literal::Kind::list &&
        (kind == LookupKind::exact || (kind >= LookupKind::gt && kind <= LookupKind::lte))) {
        Literal storage;
        const std::int64_t year = prepared(type, *literal, storage).integer();
        if (year >= 1 && year <= 9999) return year_lookup(kind, *extract, year);
    }
    prepare_value(*lookup, type, *literal);
    return lookup;
}

namespace {

// A column between two values, or compared with one.
Expr compared(LookupKind kind, const Expr& column, Literal first, Literal last) {
    switch (kind) {
        case LookupKind::gt: return with_literal(kind, column, std::move(last));
        case LookupKind::gte: return with_literal(kind, column, std::move(first));
        case LookupKind::lt: return with_literal(kind, column, std::move(first));
        case LookupKind::lte: return with_literal(kind, column, std::move(last));
        default: return with_literal(LookupKind::range, column, Literal({std::move(first), std::move(last)}));
    }
}

}  // namespace

Expr year_lookup(LookupKind kind, const ExtractExpr& part, std::int64_t year) {
    const Expr& column = part.operand;
    Date first = Date::from_ymd(static_cast<int>(year), 1, 1);
    Date last = Date::from_ymd(static_cast<int>(year), 12, 31);
    if (part.part == "iso_year") {  // from the Monday of the week with January 4th
        const auto start = [](std::int64_t of) {
            const Date fourth = Date::from_ymd(static_cast<int>(of), 1, 4);
            return Date{fourth.days - fourth.weekday()};
        };
        first = start(year);
        last = Date{start(year + 1).days - 1};
    }
    if (column->output().kind == FieldKind::date_time) {
        const timezone::TimeZone& zone = part.zone.empty() ? timezone::get_current_timezone() : timezone::zone(part.zone);
        return compared(kind, column, Literal(zone.instant_of(DateTime::combine(first, Time{}))),
                        Literal(zone.instant_of(DateTime::combine(last, Time{kMicrosecondsPerDay - 1}))));
    }
    return compared(kind, column, Literal(first), Literal(last));
}

Expr apply_transform(std::string_view name, const Expr& operand) {
    const OutputType type = operand->output();
    if (const FieldType* own = own_type(type); own && own->get_transform) {
        if (Expr made = own->get_transform(type.field->value_field(), name, operand)) return made;
    }
    if (type.known && type.kind == FieldKind::json) return json_transform(name, operand);
    if (Expr made = date_transform(name, operand)) return made;
    return custom_transform(name, operand);
}

}  // namespace nuages::db::models

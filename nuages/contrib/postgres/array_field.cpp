#include <nuages/contrib/postgres/array_field.hpp>
#include <nuages/contrib/postgres/detail/own_lookups.hpp>
#include <nuages/core/validators/validation_error.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/detail/described_options.hpp>
#include <nuages/db/models/detail/json.hpp>
#include <nuages/db/models/detail/nodes.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/query.hpp>
#include <nuages/db/models/validation.hpp>

#include <charconv>
#include <map>
#include <memory>
#include <mutex>

namespace nuages::postgres {

namespace {

using db::Cell;
using models::Expr;
using models::Field;
using models::FieldLookup;
using models::Literal;
using models::OutputType;
using Kind = Literal::Kind;

constexpr std::uint32_t kDimensionsMax = 6;  // PostgreSQL's MAXDIM

bool is_array(const Field& field) { return field.type == &array_type; }

const Field& base_of(const Field& field) {
    if (!field.base_field) throw ImproperlyConfigured("ArrayField " + field.name + " has no base field.");
    return field.base_field->field;
}

const Field& leaf_of(const Field& field) { return is_array(field) ? leaf_of(base_of(field)) : field; }

OutputType type_of_item(const Field& field) { return {field.kind, &field, true}; }

std::string db_type(const Field& field, const db::Connection& connection) {
    detail::require_postgresql(connection, "ArrayField");
    return detail::column_type(base_of(field), connection) + "[" + (field.size ? std::to_string(field.size) : "") + "]";
}

void append_list(std::string& out, const Literal& list, int depth = 1) {
    if (depth > static_cast<int>(kDimensionsMax)) throw models::ValueError("An array has six dimensions at most.");
    out += '{';
    bool first = true;
    for (const Literal& item : list.list()) {
        if (!first) out += ',';
        first = false;
        if (item.is_null())
            out += "NULL";
        else if (item.kind() == Kind::list)
            append_list(out, item, depth + 1);
        else
            detail::append_quoted(out, detail::plain_text(item));
    }
    out += '}';
}

// The items as the base field has them in the database.
Literal prepared_items(const Field& field, const Literal& list) {
    const Field& base = base_of(field);
    std::vector<Literal> items;
    for (const Literal& item : list.list()) {
        if (is_array(base) && item.kind() == Kind::list) {
            items.push_back(prepared_items(base, item));
        } else {
            Literal storage;
            items.push_back(models::prepared(type_of_item(base), item, storage));
        }
    }
    return Literal(std::move(items));
}

Literal get_prep_value(const Field& field, const Literal& value) {
    if (value.kind() == Kind::text) return value;  // an array in PostgreSQL's own writing
    if (value.kind() != Kind::list) throw models::ValueError("Field '" + field.name + "' expected a list but got " + repr(value) + ".");
    return Literal(detail::array_text(prepared_items(field, value)));
}

Literal shaped(std::vector<Literal>::iterator& at, const std::uint32_t* sizes, std::size_t dimensions) {
    std::vector<Literal> items;
    for (std::uint32_t i = 0; i < *sizes; ++i)
        items.push_back(dimensions == 1 ? std::move(*at++) : shaped(at, sizes + 1, dimensions - 1));
    return Literal(std::move(items));
}

Literal from_db_value(const Field& field, const Literal& value) {
    if (value.kind() != Kind::blob && value.kind() != Kind::text) return value;
    const Cell cell = value.kind() == Kind::blob ? Cell::from_blob(value.text()) : Cell::from_text(value.text());
    const std::vector<std::uint32_t> sizes = detail::array_sizes(cell);
    if (sizes.empty()) return Literal(std::vector<Literal>());
    const OutputType type = type_of_item(leaf_of(field));
    std::vector<Literal> items;
    db::each_in_array(cell, [&](const Cell& item) { items.push_back(models::literal_of(item, type)); });
    auto at = items.begin();
    return shaped(at, sizes.data(), sizes.size());
}

// The field's own checks: the number of items, and each item with its place in the message.
Literal to_list(const Field& field, const Literal& value) {
    if (value.kind() == Kind::text) {  // of a fixture
        if (const std::optional<Literal> list = detail::literal_of_json(value.text()); list && list->kind() == Kind::list)
            return to_list(field, *list);
        throw ValidationError("Enter a list of values.", "invalid_list");
    }
    if (value.kind() != Kind::list) throw ValidationError("Enter a list of values.", "invalid_list");
    const std::vector<Literal>& given = value.list();
    if (field.size && given.size() > static_cast<std::size_t>(field.size))
        throw ValidationError("List contains %(show_value)d items, it should contain no more than %(limit_value)d.", "max_length",
                              {{"show_value", Value(given.size())}, {"limit_value", Value(field.size)}});
    std::vector<Literal> items;
    for (std::size_t i = 0; i < given.size(); ++i) {
        try {
            items.push_back(given[i].is_null() ? given[i] : models::clean_value(base_of(field), given[i]));
        } catch (const ValidationError& error) {
            std::vector<ValidationError::Item> told;
            for (ValidationError::Item item : error.items()) {
                item.message = "Item %(nth)s in the array did not validate: " + item.message;
                item.params.emplace_back("nth", Value(i + 1));
                told.push_back(std::move(item));
            }
            throw ValidationError(std::move(told));
        }
    }
    return Literal(std::move(items));
}

// ---- lookups ----

constexpr char kEquals[] = " = ", kGreater[] = " > ", kGreaterOrEqual[] = " >= ", kLess[] = " < ", kLessOrEqual[] = " <= ",
               kContains[] = " @> ", kContainedBy[] = " <@ ", kOverlaps[] = " && ";

const FieldLookup* get_lookup(std::string_view name) {
    using namespace detail;
    static constexpr std::pair<std::string_view, FieldLookup> kLookups[] = {
        {"exact", {by_operator<kEquals>}},          {"gt", {by_operator<kGreater>}},
        {"gte", {by_operator<kGreaterOrEqual>}},    {"lt", {by_operator<kLess>}},
        {"lte", {by_operator<kLessOrEqual>}},       {"contains", {by_operator<kContains>}},
        {"contained_by", {by_operator<kContainedBy>}}, {"overlap", {by_operator<kOverlaps>}},
    };
    for (const auto& [known, lookup] : kLookups) {
        if (known == name) return &lookup;
    }
    return nullptr;
}

bool number_of(std::string_view text, std::int64_t& number) {
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    return !text.empty() && text.size() < 10 && text[0] != '-' && end.ec == std::errc() && end.ptr == text.data() + text.size();
}

Expr length_of(const Expr& operand);

Expr get_transform(const Field& field, std::string_view name, const Expr& operand) {
    if (name == "len") return length_of(operand);
    std::int64_t from = 0, to = 0;
    // An index behind an index is one of another dimension, which brackets around the first would hide.
    const bool bare = operand->as_column() || detail::is_wrapped(operand);
    const std::string open = bare ? "" : "(", close = bare ? "[" : ")[";
    if (number_of(name, from)) {  // PostgreSQL counts from 1
        const Field& base = base_of(field);
        return detail::wrapped(open, operand, close + std::to_string(from + 1) + "]", base);
    }
    const std::size_t middle = name.find('_');
    if (middle == name.npos || !number_of(name.substr(0, middle), from) || !number_of(name.substr(middle + 1), to)) return {};
    return detail::wrapped(open, operand, close + std::to_string(from + 1) + ":" + std::to_string(to) + "]", field);
}

/// The number of items; 0 of an empty array, for which PostgreSQL says NULL.
struct LengthNode final : detail::Node<LengthNode> {
    void write(models::SqlWriter& out) const override {
        out << "CASE WHEN ";
        parts[0]->write(out);
        out << " IS NULL THEN NULL ELSE COALESCE(ARRAY_LENGTH(";
        parts[0]->write(out);
        out << ", 1), 0) END";
    }
    OutputType output() const override { return detail::type_of(models::FieldKind::integer); }
};
Expr length_of(const Expr& operand) {
    auto made = make_ref<LengthNode>();
    made->parts = {operand};
    return made;
}

}  // namespace

const models::FieldType array_type{
    .name = "ArrayField",
    .kind = models::FieldKind::binary,
    .db_type = db_type,
    .get_prep_value = get_prep_value,
    .from_db_value = from_db_value,
    .to_python = to_list,
    .value_to_string = [](const Field&, const Literal& value) { return models::json_of(value); },
    .get_lookup = get_lookup,
    .get_transform = get_transform,
};

Field array_field(std::string name, Field base, int size) {
    Field field;
    field.name = std::move(name);
    field.type = &array_type;
    field.base_field = make_ref<models::BaseField>(std::move(base));
    field.size = size;
    return field;
}

void report(const void* member, const ArrayOptions& options) {
    models::DescribedOptions all = models::detail::described(options);
    all.size = options.size;
    all.max_length = options.base_field.max_length;
    all.max_digits = options.base_field.max_digits;
    all.decimal_places = options.base_field.decimal_places;
    models::detail::report_described(member, all);
}

namespace detail {

OutputType list_type(const OutputType& item) {
    if (!item.known || item.kind >= models::FieldKind::composite) return {};
    const models::FieldType* const own = item.field ? item.field->value_field().type : nullptr;
    if (own && is_array(item.field->value_field())) return {};
    // Made once for each class of items: what compares with such a list may outlive the query that has it.
    static std::map<std::pair<models::FieldKind, const models::FieldType*>, std::unique_ptr<const Field>> lists;
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    std::unique_ptr<const Field>& list = lists[{item.kind, own}];
    if (!list) {
        Field base;
        if (own) base = item.field->value_field();
        base.name = "item";
        base.model = nullptr;
        base.kind = item.kind;
        base.null = true;
        Field made = array_field("list", base);
        made.kind = array_type.kind;
        list = std::make_unique<const Field>(std::move(made));
    }
    return {list->kind, list.get(), true};
}

std::vector<std::uint32_t> array_sizes(const Cell& cell) {
    if (cell.kind() == db::CellKind::text) {  // of items that come as text: enums, ranges
        if (cell.text().starts_with("{{")) throw db::DataError("an array of several dimensions whose items the server sends as text");
        std::uint32_t count = 0;
        db::each_in_array(cell, [&](const Cell&) { ++count; });
        return count ? std::vector<std::uint32_t>{count} : std::vector<std::uint32_t>{};
    }
    const auto number = [&](std::size_t at) {
        const std::string_view bytes = cell.text();
        if (at + 4 > bytes.size()) throw db::DataError("the column holds no array");
        std::uint32_t value = 0;
        for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
        return value;
    };
    if (cell.kind() != db::CellKind::blob) throw db::DataError("the column holds no array");
    const std::uint32_t dimensions = number(0);
    if (dimensions > kDimensionsMax) throw db::DataError("the column holds no array");
    std::vector<std::uint32_t> sizes;
    std::uint64_t items = 1;
    for (std::uint32_t i = 0; i < dimensions; ++i) {
        sizes.push_back(number(12 + 8 * i));
        items *= sizes.back();
        if (items > cell.text().size()) throw db::DataError("the column holds no array");  // each item has four bytes at least
    }
    return sizes;
}

std::string array_text(const Literal& list) {
    std::string text;
    append_list(text, list);
    return text;
}

void bind_array(const Literal& list, std::string& bound, db::Param& out) {
    bound = array_text(list);
    out = db::Param(bound);
}

void throw_null_item() { throw db::DataError("the array holds a NULL: its items need std::optional"); }
void throw_wrong_depth() { throw db::DataError("the array has another number of dimensions than the field"); }


void set_base(Field& field, Field base) {
    base.max_length = std::exchange(field.max_length, 0);
    base.max_digits = std::exchange(field.max_digits, 0);
    base.decimal_places = std::exchange(field.decimal_places, 0);
    if (base.base_field) {
        set_base(base, base.base_field->field);
    } else if (base.max_length && base.kind == models::FieldKind::text) {
        base.kind = models::FieldKind::char_;
        base.type_name = "CharField";
    }
    field.base_field = make_ref<models::BaseField>(std::move(base));
}

}  // namespace detail

}  // namespace nuages::postgres

// Data-only records: objects of models that have no C++ struct (historical models, automatic through tables).
// A record is an array of slots in the order of the model's fields; its pointer is used like that of a struct.
#include <nuages/db/cell.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/field_type.hpp>
#include <nuages/db/models/instance.hpp>
#include <nuages/db/models/query.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/row.hpp>
#include <nuages/db/models/stored.hpp>
#include <nuages/utils/value.hpp>

#include <cmath>
#include <new>

namespace nuages::db::models {

namespace {

struct RecordSlot {
    Literal value;
    RelatedCache related;
    const Field* field = nullptr;
};

RecordSlot& slot(void* member) { return *static_cast<RecordSlot*>(member); }
const RecordSlot& slot(const void* member) { return *static_cast<const RecordSlot*>(member); }

Literal plain(const Cell& cell) {
    switch (cell.kind()) {
        case CellKind::null: return {};
        case CellKind::integer: return Literal(cell.integer());
        case CellKind::real: return Literal(cell.real());
        case CellKind::text: return Literal(cell.text());
        case CellKind::blob: return Literal::blob(std::string(cell.text()));
        case CellKind::date: return Literal(Date{cell.integer()});
        case CellKind::time: return Literal(Time{cell.integer()});
        case CellKind::datetime: return Literal(DateTime{cell.integer()});
        case CellKind::duration: return Literal(Duration{cell.integer()});
    }
    return {};
}

template <class T> Literal typed(const Cell& cell) {
    T value{};
    db::decode(cell, value);
    return Literal(value);
}

// A number in a decimal column: the digits that a double holds for sure, with the places of the field.
Literal decimal_of(const Cell& cell, const Field& field) {
    return Literal::decimal(read_decimal(cell, field.max_digits ? field.decimal_places : -1).str());
}

template <FieldKind Kind> Literal literal_of(const Cell& cell, const Field& field) {
    if (cell.is_null()) return {};
    if constexpr (Kind == FieldKind::boolean)
        return typed<bool>(cell);
    else if constexpr (Kind == FieldKind::date)
        return typed<Date>(cell);
    else if constexpr (Kind == FieldKind::time)
        return typed<Time>(cell);
    else if constexpr (Kind == FieldKind::date_time)
        return typed<DateTime>(cell);
    else if constexpr (Kind == FieldKind::duration)
        return cell.kind() == CellKind::real ? Literal(Duration{std::llround(cell.real())}) : typed<Duration>(cell);  // of Avg()
    else if constexpr (Kind == FieldKind::float_)
        return typed<double>(cell);
    else if constexpr (Kind == FieldKind::decimal)
        return decimal_of(cell, field);
    else if constexpr (Kind == FieldKind::uuid)
        return Literal::uuid(hex_of_uuid(cell));
    else if constexpr (Kind == FieldKind::json)
        return Literal::json(std::string(cell.text()));
    else
        return plain(cell);
}

Literal decode_as(FieldKind kind, const Cell& cell, const Field& field) {
    switch (kind) {
        case FieldKind::boolean: return literal_of<FieldKind::boolean>(cell, field);
        case FieldKind::float_: return literal_of<FieldKind::float_>(cell, field);
        case FieldKind::decimal: return literal_of<FieldKind::decimal>(cell, field);
        case FieldKind::date: return literal_of<FieldKind::date>(cell, field);
        case FieldKind::time: return literal_of<FieldKind::time>(cell, field);
        case FieldKind::date_time: return literal_of<FieldKind::date_time>(cell, field);
        case FieldKind::duration: return literal_of<FieldKind::duration>(cell, field);
        case FieldKind::uuid: return literal_of<FieldKind::uuid>(cell, field);
        case FieldKind::json: return literal_of<FieldKind::json>(cell, field);
        default: break;
    }
    // Sums of large integers are numerics on some databases.
    const bool integer = kind <= FieldKind::positive_big_integer && kind != FieldKind::boolean;
    if (integer && cell.kind() == CellKind::text) return typed<std::int64_t>(cell);
    return literal_of<FieldKind::char_>(cell, field);
}

// A field class of the program's own has the last word.
Literal own_value(const Field& field, Literal value) {
    if (!field.type || !field.type->from_db_value || value.is_null()) return value;
    return field.type->from_db_value(field, value);
}

template <FieldKind Kind> void decode(void* member, const Cell& cell) {
    RecordSlot& at = slot(member);
    const Field& field = *at.field;
    if constexpr (Kind == FieldKind::foreign_key)
        at.value = own_value(field.value_field(), decode_as(field.value_field().kind, cell, field.value_field()));
    else
        at.value = own_value(field, literal_of<Kind>(cell, field));
    at.related.reset();
}

void bind(const void* member, Param& out) {
    const Literal& value = slot(member).value;
    switch (value.kind()) {
        case Literal::Kind::boolean: out = Param(value.integer() != 0); break;
        case Literal::Kind::integer: out = Param(value.integer()); break;
        case Literal::Kind::real: out = Param(value.real()); break;
        case Literal::Kind::blob: out = Param(Blob{value.text()}); break;
        case Literal::Kind::date: out = Param(Date{value.integer()}); break;
        case Literal::Kind::time: out = Param(Time{value.integer()}); break;
        case Literal::Kind::datetime: out = Param(DateTime{value.integer()}); break;
        case Literal::Kind::duration: out = Param(Duration{value.integer()}); break;
        case Literal::Kind::text:
        case Literal::Kind::decimal:
        case Literal::Kind::uuid:
        case Literal::Kind::json: out = Param(value.text()); break;
        default: out = Param(); break;
    }
}

Literal get(const void* member) { return slot(member).value; }

void set(void* member, const Literal& value) {
    if (slot(member).value == value) return;  // a relation to the same row stays fetched
    slot(member).value = value;
    slot(member).related.reset();
}

nuages::Value value_of(const void* member) { return to_value(slot(member).value); }

bool is_null(const void* member) { return slot(member).value.is_null(); }
RelatedCache* related(void* member) { return &slot(member).related; }

template <FieldKind Kind> const FieldOps& ops_of() {
    static constexpr FieldOps ops{
        decode<Kind>, bind, get, set, value_of, is_null, Kind >= FieldKind::foreign_key ? related : nullptr};
    return ops;
}

RecordSlot* slots(void* object) { return static_cast<RecordSlot*>(object); }

// Field.get_default() without callables: those run for new objects only (set_defaults).
Literal initial_value(const Field& field) {
    if (field.has_default) return field.default_call ? Literal() : field.default_value;
    if (field.db_default || field.is_generated()) return Literal::expression({});
    if (field.null) return {};
    if (field.is_text()) return Literal("");
    if (field.kind == FieldKind::binary) return Literal::blob("");
    return {};
}

void construct(const ModelMeta& meta, void* memory) {
    for (std::size_t i = 0; i < meta.fields.size(); ++i) {
        RecordSlot* made = new (slots(memory) + i) RecordSlot;
        made->field = &meta.fields[i];
        made->value = initial_value(meta.fields[i]);
    }
}

void copy(const ModelMeta& meta, void* memory, const void* from) {
    for (std::size_t i = 0; i < meta.fields.size(); ++i)
        new (slots(memory) + i) RecordSlot(static_cast<const RecordSlot*>(from)[i]);
}

void destroy(const ModelMeta& meta, void* object) {
    for (std::size_t i = 0; i < meta.fields.size(); ++i) slots(object)[i].~RecordSlot();
}

/// Records one after the other; growing keeps those that were handed out in place.
class RecordList final : public ObjectList {
public:
    explicit RecordList(const ModelMeta& meta) : meta_(meta) {}
    void* append() override { return items_.emplace_back(Instance::create(meta_))->object(); }
    void append_copy(const void* object) override { items_.push_back(Instance::copy_of(meta_, object)); }
    std::size_t size() const override { return items_.size(); }
    void* at(std::size_t index) override { return items_[index]->object(); }

private:
    const ModelMeta& meta_;
    std::vector<Ref<Instance>> items_;
};

std::string str(const ModelMeta& meta, const void* object) {
    return meta.object_name + " object (" + python_str(meta.pk().get(object)) + ")";
}

}  // namespace

std::size_t record_slot_size() { return sizeof(RecordSlot); }

const FieldOps& record_ops(FieldKind kind) {
    switch (kind) {
        case FieldKind::boolean: return ops_of<FieldKind::boolean>();
        case FieldKind::float_: return ops_of<FieldKind::float_>();
        case FieldKind::decimal: return ops_of<FieldKind::decimal>();
        case FieldKind::date: return ops_of<FieldKind::date>();
        case FieldKind::time: return ops_of<FieldKind::time>();
        case FieldKind::date_time: return ops_of<FieldKind::date_time>();
        case FieldKind::duration: return ops_of<FieldKind::duration>();
        case FieldKind::uuid: return ops_of<FieldKind::uuid>();
        case FieldKind::json: return ops_of<FieldKind::json>();
        case FieldKind::foreign_key:
        case FieldKind::one_to_one:
        case FieldKind::many_to_many:
        case FieldKind::reverse: return ops_of<FieldKind::foreign_key>();
        default: return ops_of<FieldKind::char_>();
    }
}

const ModelOps& record_model_ops() {
    static constexpr ModelOps ops{
        0,         alignof(RecordSlot),
        construct, copy,
        destroy,   nullptr,
        [](const ModelMeta& meta) { return Ref<ObjectList>(new RecordList(meta)); },
        str};
    return ops;
}

Literal literal_of(const Cell& cell, const OutputType& type) {
    if (cell.is_null()) return {};
    if (!type.known) return plain(cell);
    if (type.json_part) {  // a string out of a document comes without quotes, a number as a number
        if (cell.kind() == CellKind::text && type.kind == FieldKind::json) return Literal::json(std::string(cell.text()));
        return plain(cell);
    }
    static const Field any{};
    if (type.kind == FieldKind::decimal)
        return Literal::decimal(read_decimal(cell, type.decimal_places > 0 ? type.decimal_places : -1).str());
    if (type.kind == FieldKind::json && cell.kind() != CellKind::text)
        throw TypeError("the JSON object must be str, bytes or bytearray, not " +
                        std::string(cell.kind() == CellKind::integer ? "int" : "float"));
    if (type.field) return own_value(type.field->value_field(), decode_as(type.kind, cell, any));
    return decode_as(type.kind, cell, any);
}

namespace detail {

void decode_any_as(void* literal, const Cell& cell, const OutputType& type) { *static_cast<Literal*>(literal) = literal_of(cell, type); }
void decode_any(void* literal, const Cell& cell) { decode_any_as(literal, cell, OutputType{}); }
void decode_optional_as(void* literal, const Cell& cell, const OutputType& type) {
    auto& value = *static_cast<std::optional<Literal>*>(literal);
    if (cell.is_null())
        value.reset();
    else
        value = literal_of(cell, type);
}
void decode_optional(void* literal, const Cell& cell) { decode_optional_as(literal, cell, OutputType{}); }

}  // namespace detail

}  // namespace nuages::db::models

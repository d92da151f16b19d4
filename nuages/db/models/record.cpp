// Data-only records: objects of models that have no C++ struct (historical models, automatic through tables).
// A record is an array of slots in the order of the model's fields; its pointer is used like that of a struct.
#include <nuages/db/cell.hpp>
#include <nuages/db/models/instance.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/utils/value.hpp>

#include <new>

namespace nuages::db::models {

namespace {

struct RecordSlot {
    Literal value;
    RelatedCache related;
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

template <FieldKind Kind> Literal literal_of(const Cell& cell) {
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
        return typed<Duration>(cell);
    else if constexpr (Kind == FieldKind::float_)
        return typed<double>(cell);
    else if constexpr (Kind == FieldKind::decimal) {
        if (cell.kind() == CellKind::text) return Literal::decimal(std::string(cell.text()));
        return Literal::decimal(repr(plain(cell)));
    } else if constexpr (Kind == FieldKind::uuid)
        return Literal::uuid(std::string(cell.text()));
    else if constexpr (Kind == FieldKind::json)
        return Literal::json(std::string(cell.text()));
    else
        return plain(cell);
}

template <FieldKind Kind> void decode(void* member, const Cell& cell) {
    slot(member).value = literal_of<Kind>(cell);
    slot(member).related.reset();
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
    slot(member).value = value;
    slot(member).related.reset();
}

nuages::Value to_value(const void* member) {
    const Literal& value = slot(member).value;
    switch (value.kind()) {
        case Literal::Kind::null: return nuages::Value(nullptr);
        case Literal::Kind::boolean: return nuages::Value(value.integer() != 0);
        case Literal::Kind::integer: return nuages::Value(value.integer());
        case Literal::Kind::real: return nuages::Value(value.real());
        case Literal::Kind::date: return nuages::Value::date(value.integer());
        case Literal::Kind::time: return nuages::Value::time(value.integer());
        case Literal::Kind::datetime: return nuages::Value::datetime(value.integer());
        case Literal::Kind::duration: return nuages::Value::duration(value.integer());
        default: return nuages::Value(value.text());
    }
}

bool is_null(const void* member) { return slot(member).value.is_null(); }
RelatedCache* related(void* member) { return &slot(member).related; }

template <FieldKind Kind> const FieldOps& ops_of() {
    static constexpr FieldOps ops{
        decode<Kind>, bind, get, set, to_value, is_null, Kind >= FieldKind::foreign_key ? related : nullptr};
    return ops;
}

RecordSlot* slots(void* object) { return static_cast<RecordSlot*>(object); }

void construct(const ModelMeta& meta, void* memory) {
    for (std::size_t i = 0; i < meta.fields.size(); ++i) {
        RecordSlot* made = new (slots(memory) + i) RecordSlot;
        if (meta.fields[i].has_default && !meta.fields[i].default_call) made->value = meta.fields[i].default_value;
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
    return meta.object_name + " object (" + repr(meta.pk().get(object)) + ")";
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
        destroy,   [](const ModelMeta& meta) { return Ref<ObjectList>(new RecordList(meta)); },
        str};
    return ops;
}

}  // namespace nuages::db::models

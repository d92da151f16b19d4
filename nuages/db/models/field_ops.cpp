#include <nuages/db/errors.hpp>
#include <nuages/db/models/field_ops.hpp>
#include <nuages/db/models/field_type.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/models/row.hpp>
#include <nuages/db/models/stored.hpp>

namespace nuages::db::models {

Literal KeyDefault::get() const {
    if (literal) return detail::decoding ? Literal() : literal();
    return text.empty() ? Literal(number) : Literal(text);
}

ForeignKeyValue::ForeignKeyValue(const ModelMeta& meta, std::string_view key, const void* object) {
    set_key(meta.field(key == "pk" ? std::string_view(meta.pk().name) : key).get(object));
    cache().set(Instance::copy_of(meta, object));
}

void ForeignKeyValue::set_key(const Literal& key) {
    if (key.is_null() || key.kind() == Literal::Kind::integer) return set_integer_key(key.integer());
    if (other() && other()->value == key) return;
    key_ = 0;
    state_.set(make_ref<OtherKey>(key));
}

RelatedCache& ForeignKeyValue::own_cache() const {
    if (!other()->unique()) {
        Ref<OtherKey> mine = make_ref<OtherKey>(other()->value);
        mine->cache = other()->cache;
        state_.set(std::move(mine));
    }
    return other()->cache;
}

void* ForeignKeyValue::fetch(const ModelMeta& meta, std::string_view key, void (*missing)(const std::string& message)) const {
    try {
        RelatedCache& known = cache();
        const Field& target = meta.field(key);
        return (other() ? fetch_related(target, known, other()->value) : fetch_related(target, known, key_)).object();
    } catch (const ObjectDoesNotExist& error) {
        missing(error.message());
        throw;
    }
}

nuages::Value to_value(const Json& value) { return nuages::Value(value.text); }
nuages::Value to_value(const Bytes& value) { return nuages::Value(value.data); }

namespace detail {

int find_enumerator(const EnumNames& names, std::string_view name) {
    for (std::size_t i = 0; i < kEnumeratorsMax; ++i) {
        if (names.names[i] == name && !name.empty()) return static_cast<int>(i);
    }
    return -1;
}

std::string enumerator_label(std::string_view name) {
    std::string label(name);
    bool start = true;
    for (char& c : label) {
        if (c == '_') c = ' ';
        if (start && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        start = c == ' ';
    }
    return label;
}

std::string choice_label(const EnumNames& names, std::size_t index) {
    if (index >= kEnumeratorsMax) return {};
    return names.labels[index].empty() ? enumerator_label(names.names[index]) : std::string(names.labels[index]);
}

void throw_unknown_choice(std::string_view value) {
    throw DataError("the database holds '" + std::string(value) + "', which is no name of the field's enumeration");
}

int ChoiceOps::index(const EnumNames& names, const Cell& cell) {
    const std::string_view text = cell.kind() == CellKind::text ? cell.text() : std::string_view();
    const int found = find_enumerator(names, text);
    if (found < 0) throw_unknown_choice(text);
    return found;
}

int ChoiceOps::index(const EnumNames& names, const Literal& literal) {
    const int found = literal.kind() == Literal::Kind::text ? find_enumerator(names, literal.text()) : -1;
    if (found < 0) throw_unknown_choice(repr(literal));
    return found;
}

void assign(const Literal& from, std::string& to) {
    switch (from.kind()) {
        case Literal::Kind::null: to.clear(); break;
        case Literal::Kind::text:
        case Literal::Kind::blob:
        case Literal::Kind::decimal:
        case Literal::Kind::uuid:
        case Literal::Kind::json: to = from.text(); break;
        case Literal::Kind::integer: to = std::to_string(from.integer()); break;
        default: to = repr(from); break;
    }
}
void assign(const Literal& from, bool& to) { to = from.integer() != 0; }
void assign(const Literal& from, double& to) { to = from.real(); }
void assign(const Literal& from, Date& to) { to.days = from.integer(); }
void assign(const Literal& from, Time& to) { to.microseconds = from.integer(); }
void assign(const Literal& from, DateTime& to) { to.microseconds = from.integer(); }
void assign(const Literal& from, Duration& to) { to.microseconds = from.integer(); }
void assign(const Literal& from, Decimal& to) {
    switch (from.kind()) {
        case Literal::Kind::integer: to = Decimal(from.integer()); break;
        case Literal::Kind::real: to = Decimal(repr(from)); break;
        case Literal::Kind::decimal:
        case Literal::Kind::text: to = Decimal(from.text()); break;
        default: to = Decimal(); break;
    }
}
void assign(const Literal& from, Uuid& to) {
    if (from.is_null()) {
        to = Uuid();
        return;
    }
    const std::optional<Uuid> read = Uuid::parse(from.text());
    if (!read) throw InvalidValue("\u201c" + from.text() + "\u201d is not a valid UUID.");
    to = *read;
}
void assign(const Literal& from, Bytes& to) { to.data = from.text(); }
void assign(const Literal& from, Json& to) { to.text = from.is_null() ? "null" : from.text(); }

nuages::Value value_of_member(Duration span) { return nuages::Value::duration(span.microseconds); }
nuages::Value value_of_member(const Decimal& number) { return nuages::Value::decimal(number.str()); }
nuages::Value value_of_member(const Uuid& id) { return nuages::Value(id.str()); }
nuages::Value value_of_member(const Bytes& bytes) { return to_value(bytes); }
nuages::Value value_of_member(const Json& document) { return to_value(document); }

void decode_own_type(const FieldType& type, Literal (*get)(const void*), void (*set)(void*, const Literal&), void* member) {
    if (!type.from_db_value) return;
    Field field;  // decoding knows the class only, not the model's field
    field.kind = type.kind;
    field.type = &type;
    field.type_name = type.name;
    set(member, type.from_db_value(field, get(member)));
}

void decode_field(DecimalField& field, const Cell& cell) { field = read_decimal(cell, field.places); }
void decode_field(UUIDField& field, const Cell& cell) { assign(Literal(hex_of_uuid(cell)), access(field)); }
void decode_field(BinaryField& field, const Cell& cell) { field.data = cell.text(); }
void decode_field(JSONField& field, const Cell& cell) { db::decode(cell, field.text); }

void decode_stored(const Cell& cell, Decimal& value) { value = read_decimal(cell, -1); }
void decode_stored(const Cell& cell, Uuid& value) { assign(Literal(hex_of_uuid(cell)), value); }
void decode_stored(const Cell& cell, Bytes& value) { value.data = cell.text(); }
void decode_stored(const Cell& cell, Json& value) {
    db::decode(cell, value.text);
    // What stands behind a path comes without quotes where it is a text.
    const bool document = cell.kind() != CellKind::text || value.text.starts_with('{') || value.text.starts_with('[') ||
                          value.text.starts_with('"') || value.text == "true" || value.text == "false" ||
                          value.text == "null" || (!value.text.empty() && (value.text[0] == '-' || (value.text[0] >= '0' && value.text[0] <= '9')));
    if (!document) {
        std::string quoted = "\"";
        for (char c : value.text) {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += c;
        }
        value.text = quoted + '"';
    }
}

void bind_field(const DecimalField& field, Param& out) {
    field.bound = field.places < 0 ? field.str() : field.quantize(-field.places).plain();
    out = Param(TypedText{ParamKind::decimal, field.bound});
}
void bind_field(const UUIDField& field, Param& out) {
    const std::string digits = field.hex();
    digits.copy(field.bound, sizeof field.bound);
    out = Param(TypedText{ParamKind::uuid, {field.bound, sizeof field.bound}});
}
void bind_field(const BinaryField& field, Param& out) { out = Param(Blob{field.data}); }
void bind_field(const JSONField& field, Param& out) { out = Param(TypedText{ParamKind::json, field.text}); }

nuages::Value value_of_text(const std::string& text) { return nuages::Value::borrow(text); }

namespace {
ForeignKeyValue& key_of(void* member) { return *static_cast<ForeignKeyValue*>(member); }
const ForeignKeyValue& key_of(const void* member) { return *static_cast<const ForeignKeyValue*>(member); }
}  // namespace

namespace {

void decode_integer_key(void* member, const Cell& cell) {
    std::int64_t key = 0;
    if (!cell.is_null()) db::decode(cell, key);
    key_of(member).set_integer_key(key);
}
void decode_text_key(void* member, const Cell& cell) {
    key_of(member).set_key(cell.is_null() ? Literal() : Literal(cell.text()));
}
void decode_uuid_key(void* member, const Cell& cell) {
    key_of(member).set_key(cell.is_null() ? Literal() : Literal::uuid(hex_of_uuid(cell)));
}
}  // namespace

void bind_key(const void* member, Param& out) {
    const ForeignKeyValue& key = key_of(member);
    if (!key)
        out = Param();
    else if (key.key_text().data())
        out = Param(key.key_text());
    else
        out = Param(key.integer_key());
}
Literal get_key(const void* member) { return key_of(member).key(); }
void set_key(void* member, const Literal& key) { key_of(member).set_key(key); }
nuages::Value value_of_key(const void* member) {
    const ForeignKeyValue& key = key_of(member);
    return key.key_text().data() ? nuages::Value(key.key_text()) : nuages::Value(key.integer_key());
}
bool key_is_null(const void* member) { return !key_of(member); }
RelatedCache* cache_of_key(void* member) { return &key_of(member).cache(); }

constinit const FieldOps foreign_key_ops = key_ops(decode_integer_key);
constinit const FieldOps text_key_ops = key_ops(decode_text_key);
constinit const FieldOps uuid_key_ops = key_ops(decode_uuid_key);

const FieldOps& key_ops_to(const ModelMeta& target, std::string_view key) {
    const Field& field = (key == "pk" ? target.pk() : target.field(key)).value_field();
    if (field.kind == FieldKind::uuid) return uuid_key_ops;
    return field.kind <= FieldKind::positive_big_integer && field.kind != FieldKind::boolean ? foreign_key_ops : text_key_ops;
}

#define NUAGES_KNOWN_OPS(F)                                          \
    constinit const FieldOps OpsOf<F>::table = ValueOps<F>::table(); \
    constinit const FieldOps OpsOf<Nullable<F>>::table = NullableOps<F>::table();
NUAGES_KNOWN_FIELDS(NUAGES_KNOWN_OPS)
#undef NUAGES_KNOWN_OPS

}  // namespace detail

}  // namespace nuages::db::models

#include <nuages/db/errors.hpp>
#include <nuages/db/models/field_ops.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/related.hpp>

namespace nuages::db::models {

ForeignKeyValue::ForeignKeyValue(const ModelMeta& meta, const void* object) {
    key_ = meta.pk().get(object).integer();
    cache_.set(Instance::copy_of(meta, object));
}

void* ForeignKeyValue::fetch(const ModelMeta& meta, void (*missing)(const std::string& message)) const {
    try {
        return fetch_related(meta, cache_, key_).object();
    } catch (const ObjectDoesNotExist& error) {
        missing(error.message());
        throw;
    }
}

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

nuages::Value value_of_text(const std::string& text) { return nuages::Value::borrow(text); }

namespace {
ForeignKeyValue& key_of(void* member) { return *static_cast<ForeignKeyValue*>(member); }
const ForeignKeyValue& key_of(const void* member) { return *static_cast<const ForeignKeyValue*>(member); }
}  // namespace

constinit const FieldOps foreign_key_ops{
    .decode =
        [](void* member, const Cell& cell) {
            std::int64_t key = 0;
            if (!cell.is_null()) db::decode(cell, key);
            key_of(member).set_pk(key);
        },
    .bind =
        [](const void* member, Param& out) {
            const std::int64_t key = key_of(member).pk();
            out = key ? Param(key) : Param();
        },
    .get =
        [](const void* member) {
            const std::int64_t key = key_of(member).pk();
            return key ? Literal(key) : Literal();
        },
    .set = [](void* member,
              const Literal& literal) { key_of(member).set_pk(literal.is_null() ? 0 : literal.integer()); },
    .to_value = [](const void* member) { return nuages::Value(key_of(member).pk()); },
    .is_null = [](const void* member) { return key_of(member).pk() == 0; },
    .related = [](void* member) { return &key_of(member).cache(); },
};

#define NUAGES_KNOWN_OPS(F)                                          \
    constinit const FieldOps OpsOf<F>::table = ValueOps<F>::table(); \
    constinit const FieldOps OpsOf<Nullable<F>>::table = NullableOps<F>::table()
NUAGES_KNOWN_OPS(CharField);
NUAGES_KNOWN_OPS(TextField);
NUAGES_KNOWN_OPS(SlugField);
NUAGES_KNOWN_OPS(EmailField);
NUAGES_KNOWN_OPS(URLField);
NUAGES_KNOWN_OPS(SmallIntegerField);
NUAGES_KNOWN_OPS(IntegerField);
NUAGES_KNOWN_OPS(BigIntegerField);
NUAGES_KNOWN_OPS(PositiveSmallIntegerField);
NUAGES_KNOWN_OPS(PositiveIntegerField);
NUAGES_KNOWN_OPS(PositiveBigIntegerField);
NUAGES_KNOWN_OPS(FloatField);
NUAGES_KNOWN_OPS(SmallAutoField);
NUAGES_KNOWN_OPS(AutoField);
NUAGES_KNOWN_OPS(BigAutoField);
NUAGES_KNOWN_OPS(BooleanField);
NUAGES_KNOWN_OPS(DateField);
NUAGES_KNOWN_OPS(TimeField);
NUAGES_KNOWN_OPS(DateTimeField);
#undef NUAGES_KNOWN_OPS

}  // namespace detail

}  // namespace nuages::db::models

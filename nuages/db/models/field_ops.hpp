// FieldOps tables of the typed fields: how the run-time core reads and writes a member. One table per field type.
#pragma once

#include <nuages/db/cell.hpp>
#include <nuages/db/models/choice.hpp>
#include <nuages/db/models/foreign_key.hpp>
#include <nuages/db/models/known_fields.hpp>
#include <nuages/db/models/member_ops.hpp>
#include <nuages/db/models/nullable.hpp>
#include <nuages/db/models/path.hpp>
#include <nuages/utils/value.hpp>

namespace nuages::db::models::detail {

template <class F> struct OpsOf;

nuages::Value value_of_text(const std::string& text);
inline nuages::Value value_of_member(const std::string& text) { return value_of_text(text); }
template <class T>
requires std::is_arithmetic_v<T> nuages::Value value_of_member(T number) { return nuages::Value(number); }
inline nuages::Value value_of_member(Date day) { return nuages::Value::date(day.days); }
inline nuages::Value value_of_member(Time time) { return nuages::Value::time(time.microseconds); }
inline nuages::Value value_of_member(DateTime at) { return nuages::Value::datetime(at.microseconds); }
nuages::Value value_of_member(Duration span);
nuages::Value value_of_member(const Decimal& number);
nuages::Value value_of_member(const Uuid& id);
nuages::Value value_of_member(const Bytes& bytes);
nuages::Value value_of_member(const Json& document);

// A column into a field, and a field to a placeholder, where that takes more than the value.
template <class F> void decode_field(F& field, const Cell& cell) { db::decode(cell, access(field)); }
void decode_field(DecimalField& field, const Cell& cell);
/// Gives a member that was just decoded the value that FieldType::from_db_value makes of it.
void decode_own_type(const FieldType& type, Literal (*get)(const void*), void (*set)(void*, const Literal&), void* member);
void decode_field(UUIDField& field, const Cell& cell);
void decode_field(BinaryField& field, const Cell& cell);
void decode_field(JSONField& field, const Cell& cell);
template <class F> void bind_field(const F& field, Param& out) { out = Param(access(const_cast<F&>(field))); }
void bind_field(const DecimalField& field, Param& out);
void bind_field(const UUIDField& field, Param& out);
void bind_field(const BinaryField& field, Param& out);
void bind_field(const JSONField& field, Param& out);

/// A field whose value has a place that a column can be decoded into.
template <class F> struct ValueOps {
    static auto& value(void* member) { return access(*static_cast<F*>(member)); }
    static const auto& value(const void* member) { return access(*const_cast<F*>(static_cast<const F*>(member))); }

    static void decode(void* member, const Cell& cell) { decode_field(*static_cast<F*>(member), cell); }
    static void bind(const void* member, Param& out) { bind_field(*static_cast<const F*>(member), out); }
    static Literal get(const void* member) { return literal_of(value(member)); }
    static void set(void* member, const Literal& literal) { assign(literal, value(member)); }
    static nuages::Value to_value(const void* member) { return value_of_member(value(member)); }
    static bool is_null(const void* member) {
        if constexpr (F::kind <= FieldKind::big_auto) return value(member) == 0;
        return false;
    }
    static constexpr FieldOps table() {
        return {.decode = decode,
                .bind = bind,
                .get = get,
                .set = set,
                .to_value = to_value,
                .is_null = is_null,
                .related = nullptr};
    }
};
template <class F> struct OpsOf { static constexpr FieldOps table = ValueOps<F>::table(); };

/// A field class that reads and writes columns itself, because its value is of no kind that the framework has.
template <class F>
concept ReadsItself = !requires { typename F::database_default; } && !requires { typename F::generated; } &&
                      requires(F& field, const F& constant, const Cell& cell, Param& param, const Literal& literal) {
    field.read_column(cell);
    constant.bind_column(param);
    field.assign_literal(literal);
    constant.as_literal();
    constant.as_value();
};
template <ReadsItself F> struct OpsOf<F> {
    static const F& field(const void* member) { return *static_cast<const F*>(member); }
    static constexpr FieldOps table{
        .decode = [](void* member, const Cell& cell) { static_cast<F*>(member)->read_column(cell); },
        .bind = [](const void* member, Param& out) { field(member).bind_column(out); },
        .get = [](const void* member) { return field(member).as_literal(); },
        .set = [](void* member, const Literal& literal) { static_cast<F*>(member)->assign_literal(literal); },
        .to_value = [](const void* member) { return field(member).as_value(); },
        .is_null = [](const void*) { return false; },
        .related = nullptr};
};

/// A field class of the program's own: its FieldType has the last word on what a column holds.
template <class F>
requires(requires { F::field_type; } && !ReadsItself<F>) struct OpsOf<F> {
    static void decode(void* member, const Cell& cell) {
        ValueOps<F>::decode(member, cell);
        decode_own_type(F::field_type, &ValueOps<F>::get, &ValueOps<F>::set, member);
    }
    static constexpr FieldOps make() {
        FieldOps ops = ValueOps<F>::table();
        ops.decode = decode;
        return ops;
    }
    static constexpr FieldOps table = make();
};

/// Enumerations are held as the names of their values.
class ChoiceOps {
public:
    static int index(const EnumNames& names, const Cell& cell);
    static int index(const EnumNames& names, const Literal& literal);
};
template <class E> struct OpsOf<ChoiceField<E>> {
    static ChoiceField<E>& field(void* member) { return *static_cast<ChoiceField<E>*>(member); }
    static std::string_view name(const void* member) { return static_cast<const ChoiceField<E>*>(member)->name(); }

    static void decode(void* member, const Cell& cell) {
        field(member).value = static_cast<E>(ChoiceOps::index(enum_names<E>, cell));
    }
    static void bind(const void* member, Param& out) { out = Param(name(member)); }
    static Literal get(const void* member) { return Literal(name(member)); }
    static void set(void* member, const Literal& literal) {
        field(member).value = static_cast<E>(ChoiceOps::index(enum_names<E>, literal));
    }
    static nuages::Value to_value(const void* member) { return nuages::Value::borrow(name(member)); }
    static bool is_null(const void*) { return false; }
    static constexpr FieldOps table{.decode = decode,
                                    .bind = bind,
                                    .get = get,
                                    .set = set,
                                    .to_value = to_value,
                                    .is_null = is_null,
                                    .related = nullptr};
};

void bind_key(const void* member, Param& out);
Literal get_key(const void* member);
void set_key(void* member, const Literal& key);
nuages::Value value_of_key(const void* member);
bool key_is_null(const void* member);
RelatedCache* cache_of_key(void* member);
/// What foreign keys of all kinds do; how a column is read depends on the kind.
constexpr FieldOps key_ops(void (*decode)(void* member, const Cell& cell)) {
    return {.decode = decode,
            .bind = bind_key,
            .get = get_key,
            .set = set_key,
            .to_value = value_of_key,
            .is_null = key_is_null,
            .related = cache_of_key};
}

/// Foreign keys share a table per kind of key: what they refer to is the Field's business.
extern const FieldOps foreign_key_ops, text_key_ops, uuid_key_ops;
template <class T> constexpr const FieldOps& key_ops_of() {
    if constexpr (std::is_integral_v<T>) {
        return foreign_key_ops;
    } else if constexpr (std::is_same_v<T, Uuid>) {
        return uuid_key_ops;
    } else {
        return text_key_ops;
    }
}
template <class F>
requires(ForwardKey<F> && !Swapped<typename F::related>) struct OpsOf<F> {
    static constexpr const FieldOps& table = key_ops_of<typename KeyOf<typename F::related, F::key_name>::type>();
};

/// The key of a model that the site chooses is read as that model's is.
const FieldOps& key_ops_to(const ModelMeta& target, std::string_view key);
template <class F>
requires(ForwardKey<F>&& Swapped<typename F::related>) struct OpsOf<F> {
    static void decode(void* member, const Cell& cell) {
        key_ops_to(loaded_meta<typename F::related>(), F::key_name.view()).decode(member, cell);
    }
    static constexpr FieldOps table = key_ops(decode);
};

/// A composite key has no column of its own: Field reads and writes its parts.
template <class Owner, fixed_string... Names> struct OpsOf<CompositePrimaryKey<Owner, Names...>> {
    static constexpr FieldOps table{.decode = nullptr,
                                    .bind = nullptr,
                                    .get = nullptr,
                                    .set = nullptr,
                                    .to_value = nullptr,
                                    .is_null = nullptr,
                                    .related = nullptr};
};

/// To-many members have no column.
template <class F>
requires(Relation<F>&& F::to_many) struct OpsOf<F> {
    static RelatedCache* related(void* member) { return &static_cast<F*>(member)->cache(); }
    static constexpr FieldOps table{.decode = nullptr,
                                    .bind = nullptr,
                                    .get = nullptr,
                                    .set = nullptr,
                                    .to_value = nullptr,
                                    .is_null = nullptr,
                                    .related = related};
};

/// A Nullable does as its field does, once there is one.
template <class F> struct NullableOps {
    static Nullable<F>& field(void* member) { return *static_cast<Nullable<F>*>(member); }
    static const Nullable<F>& field(const void* member) { return *static_cast<const Nullable<F>*>(member); }
    static const FieldOps& inner() { return OpsOf<F>::table; }

    static void decode(void* member, const Cell& cell) {
        if (cell.is_null()) return field(member).reset();
        inner().decode(&field(member).ensure(), cell);
    }
    static void bind(const void* member, Param& out) {
        if (field(member)) {
            inner().bind(&field(member).value(), out);
        } else {
            out = Param();
        }
    }
    static Literal get(const void* member) { return field(member) ? inner().get(&field(member).value()) : Literal(); }
    static void set(void* member, const Literal& literal) {
        if (literal.is_null()) return field(member).reset();
        inner().set(&field(member).ensure(), literal);
    }
    static nuages::Value to_value(const void* member) {
        return field(member) ? inner().to_value(&field(member).value()) : nuages::Value(nullptr);
    }
    static bool is_null(const void* member) { return !field(member) || inner().is_null(&field(member).value()); }
    static RelatedCache* related(void* member) {
        return field(member) && inner().related ? inner().related(&field(member).value()) : nullptr;
    }
    static constexpr FieldOps table() {
        return {.decode = decode,
                .bind = bind,
                .get = get,
                .set = set,
                .to_value = to_value,
                .is_null = is_null,
                .related = related};
    }
};
template <class F> struct OpsOf<Nullable<F>> { static constexpr FieldOps table = NullableOps<F>::table(); };

/// A generated column is read as its field is.
template <class F>
requires requires { typename F::generated; }
struct OpsOf<F> {
    static constexpr const FieldOps& table = OpsOf<typename F::generated>::table;
};

/// A field that the database fills in is F, and knows whether the object said something.
template <class F>
requires requires { typename F::database_default; }
struct OpsOf<F> {
    using Inner = typename F::database_default;
    static F& field(void* member) { return *static_cast<F*>(member); }
    static const Inner* inner(const void* member) { return static_cast<const F*>(member); }
    static const FieldOps& ops() { return OpsOf<Inner>::table; }

    static void decode(void* member, const Cell& cell) {
        ops().decode(static_cast<Inner*>(&field(member)), cell);
        field(member).given = true;
    }
    static void bind(const void* member, Param& out) { ops().bind(inner(member), out); }
    static Literal get(const void* member) { return ops().get(inner(member)); }
    static void set(void* member, const Literal& literal) {
        ops().set(static_cast<Inner*>(&field(member)), literal);
        field(member).given = true;
    }
    static nuages::Value to_value(const void* member) { return ops().to_value(inner(member)); }
    static bool is_null(const void* member) { return ops().is_null(inner(member)); }
    static bool is_unset(const void* member) {
        return !static_cast<const F*>(member)->given && get(member) == OpsOf<Inner>::table.get(&fresh());
    }
    static const Inner& fresh() {
        static const Inner value{};
        return value;
    }
    static constexpr FieldOps table{.decode = decode,
                                    .bind = bind,
                                    .get = get,
                                    .set = set,
                                    .to_value = to_value,
                                    .is_null = is_null,
                                    .related = nullptr,
                                    .is_unset = is_unset};
};

// The framework's own fields have their tables in field_ops.cpp: naming them here instantiates nothing.
#define NUAGES_KNOWN_OPS(F)                                       \
    template <> struct OpsOf<F> { static const FieldOps table; }; \
    template <> struct OpsOf<Nullable<F>> { static const FieldOps table; };
NUAGES_KNOWN_FIELDS(NUAGES_KNOWN_OPS)
#undef NUAGES_KNOWN_OPS

}  // namespace nuages::db::models::detail

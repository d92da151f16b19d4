// FieldOps tables of the typed fields: how the run-time core reads and writes a member. One table per field type.
#pragma once

#include <nuages/db/cell.hpp>
#include <nuages/db/models/choice.hpp>
#include <nuages/db/models/foreign_key.hpp>
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

/// A field whose value has a place that a column can be decoded into.
template <class F> struct ValueOps {
    static auto& value(void* member) { return access(*static_cast<F*>(member)); }
    static const auto& value(const void* member) { return access(*const_cast<F*>(static_cast<const F*>(member))); }

    static void decode(void* member, const Cell& cell) { db::decode(cell, value(member)); }
    static void bind(const void* member, Param& out) { out = Param(value(member)); }
    static Literal get(const void* member) { return Literal(value(member)); }
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

/// All foreign keys share one table: what they refer to is the Field's business.
extern const FieldOps foreign_key_ops;
template <class F>
requires ForwardKey<F>
struct OpsOf<F> {
    static const FieldOps& table;
};
template <class F>
requires ForwardKey<F>
inline const FieldOps& OpsOf<F>::table = foreign_key_ops;

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
        inner().decode(&(field(member) ? *field(member) : field(member).emplace()), cell);
    }
    static void bind(const void* member, Param& out) {
        if (field(member)) {
            inner().bind(&*field(member), out);
        } else {
            out = Param();
        }
    }
    static Literal get(const void* member) { return field(member) ? inner().get(&*field(member)) : Literal(); }
    static void set(void* member, const Literal& literal) {
        if (literal.is_null()) return field(member).reset();
        inner().set(&(field(member) ? *field(member) : field(member).emplace()), literal);
    }
    static nuages::Value to_value(const void* member) {
        return field(member) ? inner().to_value(&*field(member)) : nuages::Value(nullptr);
    }
    static bool is_null(const void* member) { return !field(member) || inner().is_null(&*field(member)); }
    static RelatedCache* related(void* member) {
        return field(member) && inner().related ? inner().related(&*field(member)) : nullptr;
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

// The framework's own fields have their tables in field_ops.cpp: naming them here instantiates nothing.
#define NUAGES_KNOWN_OPS(F)                                       \
    template <> struct OpsOf<F> { static const FieldOps table; }; \
    template <> struct OpsOf<Nullable<F>> { static const FieldOps table; }
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

}  // namespace nuages::db::models::detail

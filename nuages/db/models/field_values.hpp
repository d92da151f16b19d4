// Fields that hold one value: they behave as that value in expressions, and say to the compiler what they are.
//
// A field wrapper has: `value_type`, `Options`, `kind`, `class_name`, and a place in detail::access() that reaches the
// value. Nothing converts to bool or double by accident: constructors take exactly their kind of value.
#pragma once

#include <nuages/base/concepts.hpp>
#include <nuages/db/models/field_options.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace nuages::db::models {

/// Anything that reads as text.
template <class T>
concept TextLike = ConvertsTo<T, std::string_view> && !std::is_same_v<T, std::nullptr_t>;

namespace detail {
template <class V> struct NumberIn { using type = V; };
template <class V>
requires requires {
    typename V::value_type;
    V::kind;
}
struct NumberIn<V> {
    using type = typename V::value_type;
};
}  // namespace detail

namespace detail {
/// A plain value of some kind: what a field of another kind refuses.
template <class V>
concept ForeignValue =
    is_integer<V> || is_fraction<V> || is_pointer<V> || __is_enum(V) || std::is_same_v<V, std::string> ||
    std::is_same_v<V, std::nullopt_t> || std::is_same_v<V, std::nullptr_t>;
}  // namespace detail

/// The name of an error: the Field is neither set to a Value nor compared with one.
template <class Field, class Value> struct takes_no {};

namespace detail {
template <class F, class V> constexpr bool field_takes = F::template takes<V>;
template <class F, class V> constexpr bool field_compares = F::template takes<V> || F::template compares<V>;

/// Values of another kind are refused in one line: work.pages = 3.5. Self::takes<V> says what is right.
template <class Self> struct Refuses {
    template <ForeignValue V>
    requires(!field_takes<Self, V>) Self& operator=(V) {
        (void)sizeof(typename takes_no<Self, V>::valid);
        return static_cast<Self&>(*this);
    }
    template <ForeignValue V>
    requires(!field_compares<Self, V>) friend bool operator==(const Self&, V) {
        return sizeof(typename takes_no<Self, V>::valid) != 0;
    }
};
}  // namespace detail

/// A number, or a field of one, that a number of type T takes without loss of kind: no bool, no fraction for an
/// integer.
template <class V, class T>
concept NumberLike = !std::is_same_v<typename detail::NumberIn<V>::type, bool> &&
                     (is_integer<typename detail::NumberIn<V>::type> ||
                      (is_fraction<T> && is_fraction<typename detail::NumberIn<V>::type>));

/// Base of text fields: a std::string, made with options of type O.
template <class O> class BasicString : public std::string {
public:
    template <class V> static constexpr bool takes = TextLike<V> || std::is_same_v<V, char>;
    template <class V> static constexpr bool compares = false;
    using value_type = std::string;
    using Options = O;

    BasicString() = default;
    [[gnu::always_inline]] BasicString(const O& options, NUAGES_SITE) {
        if (options.default_.given) assign_default(options);
        if (site == detail::Site::described)
            detail::report(this, options);
    }
    template <class S>
    requires(TextLike<S> && !std::is_same_v<S, std::string>) BasicString(S&& text)
        : std::string(std::string_view(text)) {}
    // A template, so that a braced list of two options is no list of characters.
    template <std::same_as<std::string> S> BasicString(S&& text) : std::string(std::move(text)) {}
    using std::string::operator=;

private:
    void assign_default(const O& options) {
        if (options.default_.function) [[unlikely]]
            assign(options.default_.get());
        else
            assign(options.default_.value);
    }
};
using StringValue = BasicString<TextOptions>;

/// A constructor that takes options, in the class of a common field: g++ does not inline inherited ones early enough for a
/// model's own constructor to be inlined.
#define NUAGES_TAKES_OPTIONS(NAME, BASE) \
    NAME() = default;                    \
    [[gnu::always_inline]] NAME(const BASE::Options& options, NUAGES_SITE) : BASE(options, site) {}

#define NUAGES_TEXT_FIELD(NAME, KIND, OPTIONS, ...)           \
    struct NAME : BasicString<OPTIONS>, detail::Refuses<NAME> { \
        __VA_ARGS__                                           \
        static constexpr FieldKind kind = FieldKind::KIND;    \
        static constexpr std::string_view class_name = #NAME; \
        using BasicString::BasicString;                       \
        using BasicString::operator=;                         \
        using detail::Refuses<NAME>::operator=;               \
    }

/// A short text; `max_length` is the column's width (varchar).
NUAGES_TEXT_FIELD(CharField, char_, TextOptions, NUAGES_TAKES_OPTIONS(CharField, StringValue));
/// A text without limit.
NUAGES_TEXT_FIELD(TextField, text, TextOptions, NUAGES_TAKES_OPTIONS(TextField, StringValue));
/// Letters, digits, hyphens and underscores; 50 characters and an index unless the options say otherwise.
NUAGES_TEXT_FIELD(SlugField, char_, TextOptions, NUAGES_TAKES_OPTIONS(SlugField, StringValue));
/// An e-mail address; 254 characters.
NUAGES_TEXT_FIELD(EmailField, char_, TextOptions, NUAGES_TAKES_OPTIONS(EmailField, StringValue));
/// A URL; 200 characters.
NUAGES_TEXT_FIELD(URLField, char_, TextOptions, NUAGES_TAKES_OPTIONS(URLField, StringValue));
/// The path of a file that a storage keeps; 100 characters.
NUAGES_TEXT_FIELD(FileField, char_, FileFieldOptions);
/// A FileField of images, whose dimensions may be kept beside it.
NUAGES_TEXT_FIELD(ImageField, char_, FileFieldOptions);
/// The path of a file in a folder of the server.
NUAGES_TEXT_FIELD(FilePathField, char_, FilePathOptions);
/// An IPv4 or IPv6 address.
NUAGES_TEXT_FIELD(GenericIPAddressField, ip_address, AddressOptions);
#undef NUAGES_TEXT_FIELD

/// Base of numbers: `Self` is the field, T the C++ type. `.value` where a conversion is ambiguous.
template <class Self, class T> struct NumberValue : detail::Refuses<Self> {
    template <class V> static constexpr bool takes = NumberLike<V, T>;
    template <class V> static constexpr bool compares = is_integer<V> || is_fraction<V>;
    using value_type = T;
    using Options = ScalarOptions<T>;

    T value{};

    constexpr NumberValue() = default;
    [[gnu::always_inline]] NumberValue(const Options& options, NUAGES_SITE) : value(options.default_.get()) {
        if (site == detail::Site::described)
            detail::report(this, options);
    }
    template <NumberLike<T> V>
    constexpr NumberValue(V number) : value(static_cast<T>(static_cast<typename detail::NumberIn<V>::type>(number))) {}
#ifdef __clang__
    template <detail::ForeignValue V>
    requires(!NumberLike<V, T>) NumberValue(V)
    = delete;  // clang lists every constructor without it; g++ names value and field by itself
#endif
    constexpr operator T() const { return value; }

    constexpr Self& operator+=(T by) { return value = static_cast<T>(value + by), self(); }
    constexpr Self& operator-=(T by) { return value = static_cast<T>(value - by), self(); }
    constexpr Self& operator*=(T by) { return value = static_cast<T>(value * by), self(); }
    constexpr Self& operator/=(T by) { return value = static_cast<T>(value / by), self(); }
    // Of whole numbers:
    constexpr Self& operator%=(T by) { return value = static_cast<T>(value % by), self(); }
    constexpr Self& operator&=(T by) { return value = static_cast<T>(value & by), self(); }
    constexpr Self& operator|=(T by) { return value = static_cast<T>(value | by), self(); }
    constexpr Self& operator^=(T by) { return value = static_cast<T>(value ^ by), self(); }
    constexpr Self& operator<<=(int by) { return value = static_cast<T>(value << by), self(); }
    constexpr Self& operator>>=(int by) { return value = static_cast<T>(value >> by), self(); }
    constexpr Self& operator++() { return ++value, self(); }
    constexpr Self& operator--() { return --value, self(); }
    constexpr T operator++(int) { return value++; }
    constexpr T operator--(int) { return value--; }

private:
    constexpr Self& self() { return static_cast<Self&>(*this); }
};

#define NUAGES_NUMBER_FIELD(NAME, TYPE, KIND, ...)            \
    struct NAME : NumberValue<NAME, TYPE> {                   \
        __VA_ARGS__                                           \
        static constexpr FieldKind kind = FieldKind::KIND;    \
        static constexpr std::string_view class_name = #NAME; \
        using NumberValue::NumberValue;                       \
        using detail::Refuses<NAME>::operator=;               \
    }

NUAGES_NUMBER_FIELD(SmallIntegerField, std::int16_t, small_integer);
NUAGES_NUMBER_FIELD(IntegerField, std::int32_t, integer, NUAGES_TAKES_OPTIONS(IntegerField, NumberValue));
NUAGES_NUMBER_FIELD(BigIntegerField, std::int64_t, big_integer, NUAGES_TAKES_OPTIONS(BigIntegerField, NumberValue));
NUAGES_NUMBER_FIELD(PositiveSmallIntegerField, std::int16_t, positive_small_integer);
NUAGES_NUMBER_FIELD(PositiveIntegerField, std::int32_t, positive_integer, NUAGES_TAKES_OPTIONS(PositiveIntegerField, NumberValue));
NUAGES_NUMBER_FIELD(PositiveBigIntegerField, std::int64_t, positive_big_integer);
NUAGES_NUMBER_FIELD(FloatField, double, float_, NUAGES_TAKES_OPTIONS(FloatField, NumberValue));
/// Primary keys that the database counts up; 0 stands for "not saved yet".
NUAGES_NUMBER_FIELD(SmallAutoField, std::int16_t, small_auto);
NUAGES_NUMBER_FIELD(AutoField, std::int32_t, auto_);
NUAGES_NUMBER_FIELD(BigAutoField, std::int64_t, big_auto);
#undef NUAGES_NUMBER_FIELD

/// True or false; takes nothing but bool.
struct BooleanField : detail::Refuses<BooleanField> {
    template <class V> static constexpr bool takes = std::is_same_v<V, bool>;
    template <class V> static constexpr bool compares = false;
    using detail::Refuses<BooleanField>::operator=;
    using value_type = bool;
    using Options = ScalarOptions<bool>;
    static constexpr FieldKind kind = FieldKind::boolean;
    static constexpr std::string_view class_name = "BooleanField";

    bool value = false;

    constexpr BooleanField() = default;
    [[gnu::always_inline]] BooleanField(const Options& options, NUAGES_SITE) : value(options.default_.get()) {
        if (site == detail::Site::described)
            detail::report(this, options);
    }
    template <std::same_as<bool> V> constexpr BooleanField(V from) : value(from) {}
#ifdef __clang__
    template <detail::ForeignValue V>
    requires(!std::same_as<V, bool>) BooleanField(V)
    = delete;  // clang lists every constructor without it; g++ names value and field by itself
#endif
    constexpr operator bool() const { return value; }
    constexpr BooleanField& operator&=(bool other) { return value = value && other, *this; }
    constexpr BooleanField& operator|=(bool other) { return value = value || other, *this; }
    constexpr BooleanField& operator^=(bool other) { return value = value != other, *this; }
};

/// Base of fields that derive from their value T: dates, times, durations, JSON ...
template <class T, class O> struct DerivedValue : T {
    using value_type = T;
    using Options = O;

    constexpr DerivedValue() = default;
    [[gnu::always_inline]] DerivedValue(const Options& options, NUAGES_SITE) : T(options.default_.get()) {
        if (site == detail::Site::described)
            detail::report(this, options);
    }
    // A template, as clang would take the braces of options for a value as well.
    template <std::same_as<T> V = T> constexpr DerivedValue(V from) : T(std::move(from)) {}
    template <class V> static constexpr bool takes = std::is_convertible_v<V, T>;
    template <class V> static constexpr bool compares = false;
};
template <class T> using MomentValue = DerivedValue<T, MomentOptions<T>>;

#define NUAGES_DERIVED_FIELD(NAME, KIND, ...)                 \
    struct NAME : DerivedValue<__VA_ARGS__>, detail::Refuses<NAME> { \
        static constexpr FieldKind kind = FieldKind::KIND;    \
        static constexpr std::string_view class_name = #NAME; \
        using DerivedValue::DerivedValue;                     \
        using detail::Refuses<NAME>::operator=;               \
    }

NUAGES_DERIVED_FIELD(DateField, date, Date, MomentOptions<Date>);
NUAGES_DERIVED_FIELD(TimeField, time, Time, MomentOptions<Time>);
NUAGES_DERIVED_FIELD(DateTimeField, date_time, DateTime, MomentOptions<DateTime>);
/// A span of time, in microseconds.
NUAGES_DERIVED_FIELD(DurationField, duration, Duration, ValueOptions<Duration>);
/// Bytes, of any kind.
NUAGES_DERIVED_FIELD(BinaryField, binary, Bytes, BinaryOptions);
/// A JSON document: `.default_ = "{}"`.
NUAGES_DERIVED_FIELD(JSONField, json, Json, ValueOptions<Json, std::string_view>);
#undef NUAGES_DERIVED_FIELD

/// A UUID: `.default_ = call<Uuid::random>`.
struct UUIDField : DerivedValue<Uuid, ValueOptions<Uuid>>, detail::Refuses<UUIDField> {
    static constexpr FieldKind kind = FieldKind::uuid;
    static constexpr std::string_view class_name = "UUIDField";
    using DerivedValue::DerivedValue;
    using detail::Refuses<UUIDField>::operator=;

    mutable char bound[32]{};  ///< its digits, where a statement borrows them
};

/// An exact number of `max_digits` digits, `decimal_places` of them behind the point.
struct DecimalField : Decimal, detail::Refuses<DecimalField> {
    template <class V> static constexpr bool takes = std::is_integral_v<V> && !std::is_same_v<V, bool>;
    template <class V> static constexpr bool compares = false;
    using detail::Refuses<DecimalField>::operator=;
    using value_type = Decimal;
    using Options = DecimalOptions;
    static constexpr FieldKind kind = FieldKind::decimal;
    static constexpr std::string_view class_name = "DecimalField";

    int places = -1;            ///< of the column: how many digits a database that keeps doubles has to give back
    mutable std::string bound;  ///< its digits, where a statement borrows them

    DecimalField() = default;
    [[gnu::always_inline]] DecimalField(const DecimalOptions& options, NUAGES_SITE)
        : Decimal(options.default_.get()), places(options.decimal_places) {
        if (site == detail::Site::described)
            detail::report(this, options);
    }
    template <class V>
    requires(std::is_same_v<V, Decimal> || (std::is_integral_v<V> && !std::is_same_v<V, bool>)) DecimalField(V number)
        : Decimal(std::move(number)) {}
    /// Keeps the column's places.
    DecimalField& operator=(const Decimal& number) {
        Decimal::operator=(number);
        return *this;
    }
    template <std::integral V>
    requires(!std::same_as<V, bool>) DecimalField& operator=(V number) { return *this = Decimal(number); }
    template <class Self, std::integral T> DecimalField& operator=(const NumberValue<Self, T>& number) {
        return *this = Decimal(number.value);
    }
};

// Decimals and fields of whole numbers: item.price * item.amount. Templates on both sides, so that no number becomes a
// Decimal on the way.
#define NUAGES_DECIMAL_OPERATOR(OP, RESULT)                               \
    template <std::derived_from<Decimal> D, class Self, std::integral T>  \
    RESULT operator OP(const D& a, const NumberValue<Self, T>& b) {       \
        return static_cast<const Decimal&>(a) OP Decimal(b.value);        \
    }
#define NUAGES_DECIMAL_ARITHMETIC(OP)                                     \
    NUAGES_DECIMAL_OPERATOR(OP, Decimal)                                  \
    template <class Self, std::integral T, std::derived_from<Decimal> D>  \
    Decimal operator OP(const NumberValue<Self, T>& a, const D& b) {      \
        return Decimal(a.value) OP static_cast<const Decimal&>(b);        \
    }
NUAGES_DECIMAL_ARITHMETIC(+)
NUAGES_DECIMAL_ARITHMETIC(-)
NUAGES_DECIMAL_ARITHMETIC(*)
NUAGES_DECIMAL_ARITHMETIC(/)
NUAGES_DECIMAL_OPERATOR(==, bool)
NUAGES_DECIMAL_OPERATOR(<=>, std::strong_ordering)
#undef NUAGES_DECIMAL_ARITHMETIC
#undef NUAGES_DECIMAL_OPERATOR

namespace detail {
template <class O> std::string& access(BasicString<O>& field) { return field; }
template <class Self, class T> T& access(NumberValue<Self, T>& field) { return field.value; }
inline bool& access(BooleanField& field) { return field.value; }
inline Decimal& access(DecimalField& field) { return field; }
template <class T, class O> T& access(DerivedValue<T, O>& field) { return field; }

// Values of columns from and to Literals; a literal of another kind leaves the value's default.
void assign(const Literal& from, std::string& to);
void assign(const Literal& from, bool& to);
void assign(const Literal& from, double& to);
void assign(const Literal& from, Date& to);
void assign(const Literal& from, Time& to);
void assign(const Literal& from, DateTime& to);
void assign(const Literal& from, Duration& to);
void assign(const Literal& from, Decimal& to);
void assign(const Literal& from, Uuid& to);
void assign(const Literal& from, Bytes& to);
void assign(const Literal& from, Json& to);
template <std::integral T>
requires(!std::same_as<T, bool>) void assign(const Literal& from, T& to) { to = static_cast<T>(from.integer()); }
}  // namespace detail

}  // namespace nuages::db::models

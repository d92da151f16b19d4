// Fields that hold one value: they behave as that value in expressions, and say to the compiler what they are.
//
// A field wrapper has: `value_type`, `Options`, `kind`, `class_name`, and a place in detail::access() that reaches the
// value. Nothing converts to bool or double by accident: constructors take exactly their kind of value.
#pragma once

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
concept TextLike = std::is_convertible_v<T, std::string_view>;

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
    std::is_arithmetic_v<V> || std::is_pointer_v<V> || std::is_enum_v<V> || std::is_same_v<V, std::string>;
}  // namespace detail

/// A number, or a field of one, that a number of type T takes without loss of kind: no bool, no fraction for an
/// integer.
template <class V, class T>
concept NumberLike = std::is_arithmetic_v<typename detail::NumberIn<V>::type> &&
                     !std::is_same_v<typename detail::NumberIn<V>::type, bool> &&
                     (std::is_floating_point_v<T> || std::is_integral_v<typename detail::NumberIn<V>::type>);

/// Base of text fields: a std::string.
class StringValue : public std::string {
public:
    using value_type = std::string;
    using Options = TextOptions;

    StringValue() = default;
    StringValue(const TextOptions& options) : std::string(initial(options)) {
        if (detail::describer) [[unlikely]]
            detail::report(this, options);
    }
    template <class S>
    requires(TextLike<S> && !std::is_same_v<S, std::string>) StringValue(S&& text)
        : std::string(std::string_view(text)) {}
    // A template, so that a braced list of two options is no list of characters.
    template <std::same_as<std::string> S> StringValue(S&& text) : std::string(std::move(text)) {}
    using std::string::operator=;

private:
    static std::string initial(const TextOptions& options) {
        if (options.default_.function) [[unlikely]]
            return options.default_.get();
        return std::string(options.default_.value);
    }
};

#define NUAGES_TEXT_FIELD(NAME, KIND)                         \
    struct NAME : StringValue {                               \
        static constexpr FieldKind kind = FieldKind::KIND;    \
        static constexpr std::string_view class_name = #NAME; \
        using StringValue::StringValue;                       \
        using StringValue::operator=;                         \
    }

/// A short text; `max_length` is the column's width (varchar).
NUAGES_TEXT_FIELD(CharField, char_);
/// A text without limit.
NUAGES_TEXT_FIELD(TextField, text);
/// Letters, digits, hyphens and underscores; 50 characters and an index unless the options say otherwise.
NUAGES_TEXT_FIELD(SlugField, char_);
/// An e-mail address; 254 characters.
NUAGES_TEXT_FIELD(EmailField, char_);
/// A URL; 200 characters.
NUAGES_TEXT_FIELD(URLField, char_);
#undef NUAGES_TEXT_FIELD

/// Base of numbers: `Self` is the field, T the C++ type. `.value` where a conversion is ambiguous.
template <class Self, class T> struct NumberValue {
    using value_type = T;
    using Options = ScalarOptions<T>;

    T value{};

    constexpr NumberValue() = default;
    NumberValue(const Options& options) : value(options.default_.get()) {
        if (detail::describer) [[unlikely]]
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
    constexpr Self& operator++() { return ++value, self(); }
    constexpr Self& operator--() { return --value, self(); }
    constexpr T operator++(int) { return value++; }
    constexpr T operator--(int) { return value--; }

private:
    constexpr Self& self() { return static_cast<Self&>(*this); }
};

#define NUAGES_NUMBER_FIELD(NAME, TYPE, KIND)                 \
    struct NAME : NumberValue<NAME, TYPE> {                   \
        static constexpr FieldKind kind = FieldKind::KIND;    \
        static constexpr std::string_view class_name = #NAME; \
        using NumberValue::NumberValue;                       \
    }

NUAGES_NUMBER_FIELD(SmallIntegerField, std::int16_t, small_integer);
NUAGES_NUMBER_FIELD(IntegerField, std::int32_t, integer);
NUAGES_NUMBER_FIELD(BigIntegerField, std::int64_t, big_integer);
NUAGES_NUMBER_FIELD(PositiveSmallIntegerField, std::int16_t, positive_small_integer);
NUAGES_NUMBER_FIELD(PositiveIntegerField, std::int32_t, positive_integer);
NUAGES_NUMBER_FIELD(PositiveBigIntegerField, std::int64_t, positive_big_integer);
NUAGES_NUMBER_FIELD(FloatField, double, float_);
/// Primary keys that the database counts up; 0 stands for "not saved yet".
NUAGES_NUMBER_FIELD(SmallAutoField, std::int16_t, small_auto);
NUAGES_NUMBER_FIELD(AutoField, std::int32_t, auto_);
NUAGES_NUMBER_FIELD(BigAutoField, std::int64_t, big_auto);
#undef NUAGES_NUMBER_FIELD

/// True or false; takes nothing but bool.
struct BooleanField {
    using value_type = bool;
    using Options = ScalarOptions<bool>;
    static constexpr FieldKind kind = FieldKind::boolean;
    static constexpr std::string_view class_name = "BooleanField";

    bool value = false;

    constexpr BooleanField() = default;
    BooleanField(const Options& options) : value(options.default_.get()) {
        if (detail::describer) [[unlikely]]
            detail::report(this, options);
    }
    template <std::same_as<bool> V> constexpr BooleanField(V from) : value(from) {}
#ifdef __clang__
    template <detail::ForeignValue V>
    requires(!std::same_as<V, bool>) BooleanField(V)
    = delete;  // clang lists every constructor without it; g++ names value and field by itself
#endif
    constexpr operator bool() const { return value; }
};

/// Base of dates and times: T is Date, Time or DateTime, from which the field derives.
template <class T> struct MomentValue : T {
    using value_type = T;
    using Options = MomentOptions<T>;

    constexpr MomentValue() = default;
    MomentValue(const Options& options) : T(options.default_.get()) {
        if (detail::describer) [[unlikely]]
            detail::report(this, options);
    }
    constexpr MomentValue(T from) : T(from) {}
};

#define NUAGES_MOMENT_FIELD(NAME, TYPE, KIND)                 \
    struct NAME : MomentValue<TYPE> {                         \
        static constexpr FieldKind kind = FieldKind::KIND;    \
        static constexpr std::string_view class_name = #NAME; \
        using MomentValue::MomentValue;                       \
    }

NUAGES_MOMENT_FIELD(DateField, Date, date);
NUAGES_MOMENT_FIELD(TimeField, Time, time);
NUAGES_MOMENT_FIELD(DateTimeField, DateTime, date_time);
#undef NUAGES_MOMENT_FIELD

namespace detail {
inline std::string& access(StringValue& field) { return field; }
template <class Self, class T> T& access(NumberValue<Self, T>& field) { return field.value; }
inline bool& access(BooleanField& field) { return field.value; }
template <class T> T& access(MomentValue<T>& field) { return field; }

// Values of columns from and to Literals; a literal of another kind leaves the value's default.
void assign(const Literal& from, std::string& to);
void assign(const Literal& from, bool& to);
void assign(const Literal& from, double& to);
void assign(const Literal& from, Date& to);
void assign(const Literal& from, Time& to);
void assign(const Literal& from, DateTime& to);
template <std::integral T>
requires(!std::same_as<T, bool>) void assign(const Literal& from, T& to) { to = static_cast<T>(from.integer()); }
}  // namespace detail

}  // namespace nuages::db::models

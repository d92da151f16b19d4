// Options of fields: literal types that an ordinary construction never looks at.
//
// `CharField title {{.max_length = 100}}` passes the options to the constructor each time a model is made, so they must
// cost nothing: they hold scalars, views and pointers only, and are read where a model is described (once, while its
// ModelMeta is built; docs/decisions/0011). Defaults are applied always, except that callable ones don't run for a decoded row.
#pragma once

#include <nuages/base/concepts.hpp>
#include <nuages/db/models/expression.hpp>
#include <nuages/db/models/stored_values.hpp>

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace nuages::validators {
class Validator;
}

namespace nuages::db::models {

/// An option that is on, off, or left to what it belongs to: std::optional<bool> without its templates.
struct Tristate {
    bool given = false, value = false;
    constexpr Tristate() noexcept {}
    template <std::same_as<bool> T> constexpr Tristate(T on) noexcept : given(true), value(on) {}
};

/// Names a function as a callable default: `.default_ = call<timezone::now>`.
template <auto Function> struct Call {};
template <auto Function> inline constexpr Call<Function> call{};

namespace detail {
/// Where an object is made. The constructors of fields take it as their last argument, whose default says the line of the
/// construction; one line of the program (OpsOfModel::describe) has the number `described`, and there they report their
/// options. Everywhere else the comparison is of two constants: options cost nothing, no test and no code.
enum class Site : unsigned { described = 2'000'000'011 };
/// True while an object is constructed for a row to be decoded into it.
extern constinit thread_local bool decoding;

/// Sets `decoding` for a scope that does not suspend.
class DecodingScope {
public:
    DecodingScope() : former_(decoding) { decoding = true; }
    ~DecodingScope() { decoding = former_; }
    DecodingScope(const DecodingScope&) = delete;

private:
    bool former_;
};
}  // namespace detail

/// An enumerator as its name.
template <class E>
requires std::is_enum_v<E> Literal to_literal(E value);

namespace detail {
template <class T> Literal literal_of(const T& value) {
    if constexpr (std::is_enum_v<T> || StoredValue<T>) {
        return to_literal(value);
    } else if constexpr (requires { Literal(value); }) {
        return Literal(value);
    } else if constexpr (requires { value.has_value(); }) {
        return value ? literal_of(*value) : Literal();
    } else {  // a list of values
        std::vector<Literal> items;
        for (const auto& item : value) items.push_back(literal_of(item));
        return Literal(std::move(items));
    }
}
}  // namespace detail

/// A field's default: a value, a callable, or none. `Stored` is what the option holds, `T` what the field holds.
template <class T, class Stored = T> struct DefaultValue {
    Stored value{};
    T (*function)() = nullptr;
    Literal (*literal)() = nullptr;
    bool given = false;

    constexpr DefaultValue() noexcept {}  // written out: g++ 12 fails on a defaulted one here
    template <class U>
    requires(!std::is_same_v<std::remove_cvref_t<U>, DefaultValue> &&
             std::is_same_v<std::remove_cvref_t<U>, bool> == std::is_same_v<Stored, bool> && ConvertsTo<U, Stored>)
    constexpr DefaultValue(U&& from)
        : value(static_cast<Stored>(from)), given(true) {}
    template <auto Function>
    constexpr DefaultValue(Call<Function>)
        : function([]() -> T { return Function(); }),
          literal([] { return detail::literal_of(T(Function())); }),
          given(true) {}

    [[gnu::always_inline]] T get() const {
        if (function) [[unlikely]]
            return detail::decoding ? T{} : function();
        return T(value);
    }
};

/// A number that a decimal's default is written as: 0, "0.50".
struct DecimalText {
    std::string_view text = {};
    std::int64_t number = 0;
    constexpr DecimalText() = default;
    constexpr DecimalText(const char* digits) : text(digits) {}
    template <std::integral T>
    requires(!std::same_as<T, bool>) constexpr DecimalText(T value) : number(value) {}
    operator Decimal() const { return text.empty() ? Decimal(number) : Decimal(text); }
};

/// A choice of a field that holds plain values: .choices = {{"d", "Draft"}, {"p", "Published"}}.
struct TextChoice {
    std::string_view value, label;
    std::string_view group = {};
};
struct NumberChoice {
    std::int64_t value;
    std::string_view label;
    std::string_view group = {};
};

/// A run-time expression that a function makes: .expression = call<[] { return "a"_f * "b"_f; }>.
struct ExpressionCall {
    Expr (*make)() = nullptr;
    constexpr ExpressionCall() noexcept {}
    template <auto Function> constexpr ExpressionCall(Call<Function>) : make([] { return Expr(Function().expr()); }) {}
};

/// A condition that a function makes: .limit_choices_to = call<[] { return "is_staff"_f = true; }>.
struct ConditionCall {
    Expr (*make)() = nullptr;
    constexpr ConditionCall() noexcept {}
    template <auto Function>
    constexpr ConditionCall(Call<Function>) : make([] { return expr::condition(Function().node); }) {}
};

/// The value of on_delete SET: a plain one, or a function that is called for each deletion.
struct SetValue {
    std::int64_t value = 0;
    Literal (*function)() = nullptr;
    bool given = false;
    constexpr SetValue() noexcept {}
    template <std::integral T>
    requires(!std::same_as<T, bool>) constexpr SetValue(T key) : value(key), given(true) {}
    template <auto Function>
    constexpr SetValue(Call<Function>) : function([] { return detail::literal_of(Function()); }), given(true) {}
};

/// A validator of a field: the function that makes it.
using ValidatorMaker = Ref<const validators::Validator> (*)();

/// What full_clean() says instead of Django's text: .error_messages = {{"blank", "A title, please."}}.
struct ErrorMessage {
    std::string_view code, message;
};

// The options that every field takes, after its own. Designated initializers keep this order.
#define NUAGES_COMMON_FIELD_OPTIONS                        \
    bool blank = false;                                    \
    bool unique = false;                                   \
    ::nuages::db::models::Tristate db_index = {};          \
    bool primary_key = false;                              \
    bool editable = true;                                  \
    std::string_view verbose_name = {};                    \
    std::string_view help_text = {};                       \
    std::string_view db_column = {};                       \
    std::string_view db_comment = {};                      \
    std::string_view db_tablespace = {};                   \
    std::string_view unique_for_date = {};                 \
    std::string_view unique_for_month = {};                \
    std::string_view unique_for_year = {};                 \
    std::initializer_list<::nuages::db::models::ValidatorMaker> validators = {}; \
    ::nuages::db::models::ExpressionCall db_default = {};  \
    std::initializer_list<::nuages::db::models::ErrorMessage> error_messages = {}

/// Options of text fields.
struct TextOptions {
    int max_length = 0;  ///< in characters; 0: the field's own default
    DefaultValue<std::string, std::string_view> default_ = {};
    std::initializer_list<TextChoice> choices = {};
    std::string_view db_collation = {};
    bool allow_unicode = false;  ///< SlugField
    NUAGES_COMMON_FIELD_OPTIONS;
};

/// Options of files: where they are kept; the column holds a path.
struct FileFieldOptions {
    std::string_view upload_to = {};
    std::string_view width_field = {}, height_field = {};  ///< ImageField: where the dimensions are kept
    int max_length = 0;
    DefaultValue<std::string, std::string_view> default_ = {};
    NUAGES_COMMON_FIELD_OPTIONS;
};

/// Options of FilePathField: files of a folder, those whose name matches.
struct FilePathOptions {
    std::string_view path = {}, match = {};
    bool recursive = false, allow_files = true, allow_folders = false;
    int max_length = 0;
    DefaultValue<std::string, std::string_view> default_ = {};
    NUAGES_COMMON_FIELD_OPTIONS;
};

/// Options of IP addresses.
struct AddressOptions {
    std::string_view protocol = "both";  ///< "both", "IPv4", "IPv6"
    bool unpack_ipv4 = false;
    DefaultValue<std::string, std::string_view> default_ = {};
    NUAGES_COMMON_FIELD_OPTIONS;
};

/// Options of numbers and booleans.
template <class T> struct ScalarOptions {
    DefaultValue<T> default_ = {};
    std::initializer_list<NumberChoice> choices = {};
    NUAGES_COMMON_FIELD_OPTIONS;
};

/// Options of decimals: `max_digits` in all, `decimal_places` of them behind the point.
struct DecimalOptions {
    int max_digits = 0;
    int decimal_places = 0;
    DefaultValue<Decimal, DecimalText> default_ = {};
    NUAGES_COMMON_FIELD_OPTIONS;
};

/// Options of values without any of their own: durations, UUIDs.
template <class T, class Stored = T> struct ValueOptions {
    DefaultValue<T, Stored> default_ = {};
    NUAGES_COMMON_FIELD_OPTIONS;
};
/// Options of bytes.
struct BinaryOptions {
    int max_length = 0;
    DefaultValue<Bytes, std::string_view> default_ = {};
    NUAGES_COMMON_FIELD_OPTIONS;
};

/// Options of dates and times. `auto_now` sets the field on every save, `auto_now_add` on the first.
template <class T> struct MomentOptions {
    bool auto_now = false;
    bool auto_now_add = false;
    DefaultValue<T> default_ = {};
    NUAGES_COMMON_FIELD_OPTIONS;
};

/// A foreign key's default: a key, or a callable that gives a key or an object: .default_ = call<first_author>.
struct KeyDefault {
    std::int64_t number = 0;
    std::string_view text = {};
    Literal (*literal)() = nullptr;
    bool given = false;

    constexpr KeyDefault() noexcept {}
    template <std::integral T>
    requires(!std::same_as<T, bool>) constexpr KeyDefault(T key) : number(key), given(true) {}
    constexpr KeyDefault(const char* key) : text(key), given(true) {}
    template <auto Function>
    constexpr KeyDefault(Call<Function>)
        : literal([] {
              const auto value = Function();
              if constexpr (requires { value.pk(); })
                  return detail::literal_of(value.pk());
              else
                  return detail::literal_of(value);
          }),
          given(true) {}
    /// The key; null where there is none, and while a row is decoded.
    Literal get() const;
};

/// Options of foreign keys and one-to-one fields.
struct ForeignKeyOptions {
    OnDelete on_delete = OnDelete::CASCADE;
    KeyDefault default_ = {};
    std::string_view related_name = {};  ///< "+": no reverse side; others are named by a Reverse on the other model
    std::string_view related_query_name = {};
    bool db_constraint = true;
    ConditionCall limit_choices_to = {};  ///< on the other model's rows that may be chosen
    SetValue set = {};                    ///< with .on_delete = SET: the key that takes the place of the deleted one
    NUAGES_COMMON_FIELD_OPTIONS;
};

/// Options of many-to-many fields.
struct ManyToManyOptions {
    Tristate symmetrical = {};  ///< of a relation to the model itself: both ways at once; Django's default there
    const ModelMeta& (*through)() = nullptr;  ///< `models::through<Membership>`
    std::string_view through_fields[2] = {};  ///< its foreign keys to this model and to the other, where several fit
    std::string_view db_table = {};
    std::string_view related_name = {};
    std::string_view related_query_name = {};
    ConditionCall limit_choices_to = {};
    bool db_constraint = true;
    bool blank = false;
    std::string_view verbose_name = {};
    std::string_view help_text = {};
};

// The last parameter of constructors that take options.
#define NUAGES_SITE ::nuages::db::models::detail::Site site = ::nuages::db::models::detail::Site(__builtin_LINE())

namespace detail {
// Tell the Describer at work that the field at `member` has these options.
#define NUAGES_REPORT(...) void report(const void* member, const __VA_ARGS__& options);
NUAGES_REPORT(TextOptions)
NUAGES_REPORT(FileFieldOptions)
NUAGES_REPORT(FilePathOptions)
NUAGES_REPORT(AddressOptions)
NUAGES_REPORT(ScalarOptions<bool>)
NUAGES_REPORT(ScalarOptions<std::int16_t>)
NUAGES_REPORT(ScalarOptions<std::int32_t>)
NUAGES_REPORT(ScalarOptions<std::int64_t>)
NUAGES_REPORT(ScalarOptions<double>)
NUAGES_REPORT(DecimalOptions)
NUAGES_REPORT(MomentOptions<Date>)
NUAGES_REPORT(MomentOptions<Time>)
NUAGES_REPORT(MomentOptions<DateTime>)
NUAGES_REPORT(ValueOptions<Duration>)
NUAGES_REPORT(ValueOptions<Uuid>)
NUAGES_REPORT(ValueOptions<Json, std::string_view>)
NUAGES_REPORT(BinaryOptions)
NUAGES_REPORT(ForeignKeyOptions)
NUAGES_REPORT(ManyToManyOptions)
#undef NUAGES_REPORT
}  // namespace detail

}  // namespace nuages::db::models

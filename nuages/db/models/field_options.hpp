// Options of fields: literal types that an ordinary construction never looks at.
//
// `CharField title {{.max_length = 100}}` passes the options to the constructor each time a model is made, so they must
// cost nothing: they hold scalars, views and pointers only, and are read when a Describer listens (once per model,
// while its ModelMeta is built). Defaults are applied always, except that callable ones don't run for a decoded row.
#pragma once

#include <nuages/db/models/field.hpp>

#include <string>
#include <string_view>
#include <type_traits>

namespace nuages::db::models {

/// Names a function as a callable default: `.default_ = call<timezone::now>`.
template <auto Function> struct Call {};
template <auto Function> inline constexpr Call<Function> call{};

namespace detail {
class Describer;
/// Listens to the options of fields while a model is described; null otherwise.
extern constinit thread_local Describer* describer;
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
    if constexpr (std::is_enum_v<T>) {
        return to_literal(value);
    } else {
        return Literal(value);
    }
}
}  // namespace detail

/// A field's default: a value, a callable, or none. `Stored` is what the option holds, `T` what the field holds.
template <class T, class Stored = T> struct Default {
    Stored value{};
    T (*function)() = nullptr;
    Literal (*literal)() = nullptr;
    bool given = false;

    constexpr Default() noexcept {}  // written out: g++ 12 fails on a defaulted one here
    template <class U>
    requires(std::is_convertible_v<U, Stored>&& std::is_same_v<std::remove_cvref_t<U>, bool> ==
             std::is_same_v<Stored, bool>) constexpr Default(U&& from)
        : value(static_cast<U&&>(from)), given(true) {}
    template <auto Function>
    constexpr Default(Call<Function>)
        : function([]() -> T { return Function(); }),
          literal([] { return detail::literal_of(T(Function())); }),
          given(true) {}

    T get() const {
        if (function) [[unlikely]]
            return detail::decoding ? T{} : function();
        return T(value);
    }
};

/// What an option struct says, in one type: the describing pass works on this.
struct DescribedOptions {
    int max_length = 0;
    bool blank = false, unique = false, db_index = false, primary_key = false, editable = true;
    bool auto_now = false, auto_now_add = false, db_constraint = true, symmetrical = false;
    std::string_view verbose_name, help_text, db_column, db_table, related_query_name;
    bool has_default = false;
    Literal default_value;
    Literal (*default_call)() = nullptr;
    OnDelete on_delete = OnDelete::CASCADE;
    const ModelMeta& (*through)() = nullptr;
};

namespace detail {

/// Tells the listening Describer that the field at `member` has these options.
void report(const void* member, const DescribedOptions& options);

template <class Options> DescribedOptions described(const Options& from) {
    DescribedOptions to;
    to.blank = from.blank;
    to.unique = from.unique;
    to.db_index = from.db_index;
    to.primary_key = from.primary_key;
    to.editable = from.editable;
    to.verbose_name = from.verbose_name;
    to.help_text = from.help_text;
    to.db_column = from.db_column;
    if constexpr (requires { from.max_length; }) to.max_length = from.max_length;
    if constexpr (requires { from.auto_now; }) {
        to.auto_now = from.auto_now;
        to.auto_now_add = from.auto_now_add;
    }
    if constexpr (requires { from.default_; }) {
        to.has_default = from.default_.given;
        to.default_call = from.default_.literal;
        if (from.default_.given && !from.default_.function) to.default_value = literal_of(from.default_.value);
    }
    return to;
}

}  // namespace detail

// The options that every field takes, after its own. Designated initializers keep this order.
#define NUAGES_COMMON_FIELD_OPTIONS     \
    bool blank = false;                 \
    bool unique = false;                \
    bool db_index = false;              \
    bool primary_key = false;           \
    bool editable = true;               \
    std::string_view verbose_name = {}; \
    std::string_view help_text = {};    \
    std::string_view db_column = {}

/// Options of text fields.
struct TextOptions {
    int max_length = 0;  ///< in characters; 0: the field's own default
    Default<std::string, std::string_view> default_ = {};
    NUAGES_COMMON_FIELD_OPTIONS;
};

/// Options of numbers and booleans.
template <class T> struct ScalarOptions {
    Default<T> default_ = {};
    NUAGES_COMMON_FIELD_OPTIONS;
};

/// Options of dates and times. `auto_now` sets the field on every save, `auto_now_add` on the first.
template <class T> struct MomentOptions {
    bool auto_now = false;
    bool auto_now_add = false;
    Default<T> default_ = {};
    NUAGES_COMMON_FIELD_OPTIONS;
};

/// Options of foreign keys and one-to-one fields.
struct ForeignKeyOptions {
    OnDelete on_delete = OnDelete::CASCADE;
    Default<std::int64_t> default_ = {};
    std::string_view related_query_name = {};
    bool db_constraint = true;
    NUAGES_COMMON_FIELD_OPTIONS;
};

/// Options of many-to-many fields.
struct ManyToManyOptions {
    bool symmetrical = false;
    const ModelMeta& (*through)() = nullptr;  ///< `models::through<Membership>`
    std::string_view db_table = {};
    std::string_view related_query_name = {};
    bool blank = false;
    std::string_view verbose_name = {};
    std::string_view help_text = {};
};

namespace detail {
void report(const void* member, const TextOptions& options);
void report(const void* member, const ForeignKeyOptions& options);
void report(const void* member, const ManyToManyOptions& options);
template <class T> void report(const void* member, const ScalarOptions<T>& options) {
    report(member, described(options));
}
template <class T> void report(const void* member, const MomentOptions<T>& options) {
    report(member, described(options));
}
}  // namespace detail

}  // namespace nuages::db::models

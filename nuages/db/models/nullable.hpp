// Nullable<F>: a field F whose column may be NULL. Takes F's options and values, has std::optional's interface.
#pragma once

#include <nuages/db/models/field_values.hpp>

#include <compare>
#include <optional>
#include <type_traits>
#include <utility>

namespace nuages::db::models {

namespace detail {
/// A field that must know its column's places to read it.
template <class F>
concept HasPlaces = requires(const F& field) {
    field.places;
};

/// What `*nullable` is: the field, or the object of a foreign key.
template <class F> constexpr decltype(auto) behind(F& field) {
    if constexpr (requires { typename F::related; })
        return *field;
    else
        return (field);
}

/// What a Nullable is compared with as its value is: no optional and no Nullable.
template <class V>
concept PlainOperand = !requires(const V& v) { v.has_value(); };
}  // namespace detail

template <class F> class Nullable {
public:
    using field = F;
    using inner_type = typename F::value_type;
    using value_type = std::optional<inner_type>;
    using Options = typename F::Options;
    static constexpr FieldKind kind = F::kind;
    static constexpr std::string_view class_name = F::class_name;

    Nullable() = default;
    Nullable(std::nullopt_t) {}
    Nullable(std::nullptr_t) {}
    [[gnu::always_inline]] Nullable(const Options& options, NUAGES_SITE) {
        if (site == detail::Site::described)
            describe(options);
        if constexpr (detail::HasPlaces<F>) places_.places = options.decimal_places;
        if (options.default_.given) {
            if constexpr (requires { ensure().assign_literal(options.default_.get()); }) {
                if (!detail::decoding) ensure().assign_literal(options.default_.get());
            } else if constexpr (requires { typename F::related; }) {
                if (const Literal key = options.default_.get(); !key.is_null()) ensure().set_key(key);
            } else if constexpr (requires { options.default_.get(); }) {
                ensure() = options.default_.get();
            }
        }
    }
    template <class V>
    requires(ConvertsTo<V, F> && !std::is_same_v<std::remove_cvref_t<V>, Nullable> &&
             !std::is_same_v<std::remove_cvref_t<V>, Options>) Nullable(V&& value)
        : value_(std::in_place, std::forward<V>(value)) {}
    template <class V>
    requires ConvertsTo<const V&, F> Nullable(const std::optional<V>& value) {
        if (value) value_.emplace(*value);
    }
    Nullable& operator=(std::nullopt_t) {
        value_.reset();
        return *this;
    }
    Nullable& operator=(std::nullptr_t) { return *this = std::nullopt; }

    explicit operator bool() const { return value_.has_value(); }
    /// As an optional of the plain value: for functions that take one.
    operator std::optional<inner_type>() const {
        if (!value_) return std::nullopt;
        return inner_type(*value_);
    }
    bool has_value() const { return value_.has_value(); }
    void reset() { value_.reset(); }
    template <class... A> F& emplace(A&&... arguments) { return value_.emplace(std::forward<A>(arguments)...); }
    /// The value, made if there is none.
    F& ensure() {
        if (!value_) {
            value_.emplace();
            if constexpr (detail::HasPlaces<F>) value_->places = places_.places;
        }
        return *value_;
    }
    /// The field itself, of a foreign key too.
    const F& value() const { return value_.value(); }
    F& value() { return value_.value(); }
    /// The value; the object where the field is a foreign key.
    decltype(auto) operator*() const { return detail::behind(*value_); }
    decltype(auto) operator*() { return detail::behind(*value_); }
    /// The value's members; those of the object where the field is a foreign key.
    decltype(auto) operator->() const {
        if constexpr (requires { typename F::related; }) {
            return value_->operator->();
        } else {
            return &*value_;
        }
    }
    decltype(auto) operator->() {
        if constexpr (requires { typename F::related; }) {
            return value_->operator->();
        } else {
            return &*value_;
        }
    }
    void swap(Nullable& other) { value_.swap(other.value_); }
    template <class V> inner_type value_or(V&& otherwise) const {
        return value_ ? inner_type(*value_) : inner_type(std::forward<V>(otherwise));
    }
    /// The key of a foreign key; 0 where it is null.
    auto pk() const requires requires(const F& f) { f.pk(); }
    { return value_ ? value_->pk() : decltype(value_->pk()){}; }
    /// The name for people of a choice; "" where it is null.
    std::string label() const requires requires(const F& f) { f.label(); }
    { return value_ ? value_->label() : std::string(); }

    friend bool operator==(const Nullable& a, std::nullopt_t) { return !a.value_; }
    friend bool operator==(const Nullable& a, std::nullptr_t) { return !a.value_; }
    friend bool operator==(const Nullable& a, const Nullable& b) {
        return a.value_.has_value() == b.value_.has_value() && (!a.value_ || *a.value_ == *b.value_);
    }
    template <class V>
    requires(detail::PlainOperand<V> && requires(const F& f, const V& v) { f == v; }) friend bool operator==(
        const Nullable& a, const V& b) {
        return a.value_ && *a.value_ == b;
    }
    template <class V>
    requires(requires(const F& f, const V& v) { f == v; }) friend bool operator==(const Nullable& a,
                                                                                  const std::optional<V>& b) {
        return a.value_.has_value() == b.has_value() && (!b || *a.value_ == *b);
    }
    /// Nothing is less than any value, as in std::optional.
    friend auto operator<=>(const Nullable& a, const Nullable& b) requires requires(const F& f) { f <=> f; }
    {
        using Order = decltype(*a.value_ <=> *b.value_);
        return a.value_ && b.value_ ? *a.value_ <=> *b.value_ : Order(a.value_.has_value() <=> b.value_.has_value());
    }
    template <class V>
    requires(detail::PlainOperand<V> && requires(const F& f, const V& v) { f <=> v; }) friend auto operator<=>(
        const Nullable& a, const V& b) {
        return a.value_ ? *a.value_ <=> b : decltype(*a.value_ <=> b)(std::strong_ordering::less);
    }

private:
    void describe(const Options& options) const {
        using detail::report;  // or one beside the options of a program's own class
        report(this, options);
    }

    struct Nothing {};
    struct Places {
        int places = -1;
    };
    std::optional<F> value_;
    [[no_unique_address]] std::conditional_t<detail::HasPlaces<F>, Places, Nothing> places_;
};

/// What computes a generated column: `.expression = models::call<[] { return "quantity"_f * "price"_f; }>`.
struct GeneratedOptions {
    ExpressionCall expression = {};
    bool db_persist = true;  ///< stored, rather than computed when it is read
    int max_length = 0;
    int max_digits = 0;
    int decimal_places = 0;
    std::string_view verbose_name = {};
    std::string_view help_text = {};
    std::string_view db_column = {};
};
namespace detail {
void report(const void* member, const GeneratedOptions& options);
}  // namespace detail

/// A column of F's type that the database computes from others (Django: GeneratedField). Never written.
template <class F> struct Generated : F {
    using Options = GeneratedOptions;
    static constexpr std::string_view class_name = "GeneratedField";
    using generated = F;

    Generated() = default;
    Generated(const GeneratedOptions& options, NUAGES_SITE) {
        if (site == detail::Site::described)
            detail::report(this, options);
        if constexpr (detail::HasPlaces<F>) this->places = options.decimal_places;
    }
};

/// A field F that the database fills in (Django: db_default) unless the object says otherwise:
/// `DatabaseDefault<DateTimeField> created {{.db_default = call<[] { return functions::Now(); }>}};`. What the database
/// made is read back when the object is inserted. To write F's own zero, assign it.
template <class F> struct DatabaseDefault : F {
    using database_default = F;
    using Options = typename F::Options;

    DatabaseDefault() = default;
    [[gnu::always_inline]] DatabaseDefault(const Options& options, NUAGES_SITE) : F(options, site), given(options.default_.given) {}
    template <class V>
    requires(!std::is_same_v<std::remove_cvref_t<V>, DatabaseDefault> && !std::is_same_v<std::remove_cvref_t<V>, Options> &&
             ConvertsTo<V, F>) DatabaseDefault(V&& value)
        : F(std::forward<V>(value)), given(true) {}

    bool given = false;  ///< by the object, or by a row that was read
};

/// A group of fields shared by several models: its columns stand in the model's table, its names in the model's
/// lookups.
template <class Group> struct Embed : Group { using embedded = Group; };

}  // namespace nuages::db::models

// Arrays (django.contrib.postgres.fields.ArrayField): a column whose value is a std::vector.
//
//     struct Post : models::Model<Post> {
//         BigAutoField id;
//         postgres::ArrayField<std::string> tags {{.size = 8, .base_field = {.max_length = 30}}};    // varchar(30)[]
//         postgres::ArrayField<postgres::ArrayField<int>> board;                                     // integer[][]
//     };
//     Post::objects.filter("tags__contains"_f = std::vector<std::string>{"cpp"}, "tags__len__lt"_f = 5, "tags__0"_f = "news");
//
// Lookups: exact, in, gt, gte, lt, lte, contains, contained_by, overlap, isnull. Transforms: len, an index (from 0) and a
// slice (0_2), both followed by the lookups of what is there.
#pragma once

#include <nuages/db/array.hpp>
#include <nuages/db/models/field.hpp>
#include <nuages/db/models/field_ops.hpp>
#include <nuages/db/models/values.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::postgres {

namespace models = db::models;

/// The class of arrays. Models made from data use array_field().
extern const models::FieldType array_type;
/// An array of `base`, with `size` items at most (0: any number).
models::Field array_field(std::string name, models::Field base, int size = 0);

/// What the items are, where the column's type says more than C++'s.
struct ItemOptions {
    int max_length = 0;  ///< of texts; 0: `text`
    int max_digits = 0, decimal_places = 0;
};
/// A callable default: .default_ = call<no_tags>.
struct ListDefault {
    models::Literal (*literal)() = nullptr;
    bool given = false;
    constexpr ListDefault() noexcept {}
    template <auto Function>
    constexpr ListDefault(models::Call<Function>)
        : literal([] { return models::detail::literal_of(Function()); }), given(true) {}
    models::Literal get() const { return literal ? literal() : models::Literal(); }
};
struct ArrayOptions {
    int size = 0;  ///< items at most, which full_clean() checks; 0: any number
    ItemOptions base_field = {};
    ListDefault default_ = {};
    NUAGES_COMMON_FIELD_OPTIONS;
};
/// Tells the Describer that listens of the field at `member`.
void report(const void* member, const ArrayOptions& options);

template <class B> class ArrayField;

namespace detail {

template <class T> struct FieldFor { using type = T; };  // a field class
#define NUAGES_FIELD_FOR(VALUE, FIELD) \
    template <> struct FieldFor<VALUE> { using type = models::FIELD; };
NUAGES_FIELD_FOR(std::string, TextField)
NUAGES_FIELD_FOR(bool, BooleanField)
NUAGES_FIELD_FOR(std::int16_t, SmallIntegerField)
NUAGES_FIELD_FOR(std::int32_t, IntegerField)
NUAGES_FIELD_FOR(std::int64_t, BigIntegerField)
NUAGES_FIELD_FOR(double, FloatField)
NUAGES_FIELD_FOR(Decimal, DecimalField)
NUAGES_FIELD_FOR(Date, DateField)
NUAGES_FIELD_FOR(Time, TimeField)
NUAGES_FIELD_FOR(DateTime, DateTimeField)
NUAGES_FIELD_FOR(Duration, DurationField)
NUAGES_FIELD_FOR(Uuid, UUIDField)
#undef NUAGES_FIELD_FOR
template <class T> struct FieldFor<std::optional<T>> : FieldFor<T> {};
template <class T> using field_for_t = typename FieldFor<T>::type;

template <class T> struct ItemValue { using type = typename field_for_t<T>::value_type; };
template <class T> struct ItemValue<std::optional<T>> { using type = std::optional<typename ItemValue<T>::type>; };
template <class T> struct IsArray { static constexpr bool value = false; };
template <class B> struct IsArray<ArrayField<B>> { static constexpr bool value = true; };

/// How many items each dimension has; none for an empty array. Throws DataError when the cell holds no array.
std::vector<std::uint32_t> array_sizes(const db::Cell& cell);
/// A list as PostgreSQL writes it: {"a","b",NULL}.
std::string array_text(const models::Literal& list);
/// The text, made into a Param that borrows it.
void bind_array(const models::Literal& list, std::string& bound, db::Param& out);
[[noreturn]] void throw_null_item();

/// One item that is no array.
template <class B> void read_item(const db::Cell& cell, typename ItemValue<B>::type& value) {
    using F = field_for_t<B>;
    if (cell.is_null()) {
        if constexpr (models::detail::WithoutOptional<typename ItemValue<B>::type>::nullable) return value.reset();
        throw_null_item();
    } else {
        F field;
        models::detail::OpsOf<F>::table.decode(&field, cell);
        value = models::detail::access(field);
    }
}
template <class B> void write_item(const models::Literal& item, typename ItemValue<B>::type& value) {
    if (item.is_null()) {
        if constexpr (models::detail::WithoutOptional<typename ItemValue<B>::type>::nullable) return value.reset();
        throw_null_item();
    } else {
        field_for_t<B> field;
        models::detail::OpsOf<field_for_t<B>>::table.set(&field, item);
        value = models::detail::access(field);
    }
}

/// Arrays of arrays come in one row of items: `sizes` says how many of them belong together.
template <class B> struct Items {
    using leaf = B;
    using list = std::vector<typename ItemValue<B>::type>;
    static void take(list& to, auto& from, const std::uint32_t* sizes) {
        for (std::uint32_t i = 0; i < *sizes; ++i) to.push_back(std::move(*from++));
    }
    static void assign(list& to, const models::Literal& items) {
        for (const models::Literal& item : items.list()) {
            typename list::value_type value{};
            write_item<B>(item, value);
            to.push_back(std::move(value));
        }
    }
    static constexpr std::size_t depth = 1;
};
template <class B> struct Items<ArrayField<B>> {
    using leaf = typename Items<B>::leaf;
    using list = std::vector<typename Items<B>::list>;
    static void take(list& to, auto& from, const std::uint32_t* sizes) {
        for (std::uint32_t i = 0; i < *sizes; ++i) Items<B>::take(to.emplace_back(), from, sizes + 1);
    }
    static void assign(list& to, const models::Literal& items) {
        for (const models::Literal& item : items.list()) Items<B>::assign(to.emplace_back(), item);
    }
    static constexpr std::size_t depth = Items<B>::depth + 1;
};

/// What a field class says of itself, as the base of an array or of a range.
template <class B> models::Field described_base() {
    models::Field field;
    using F = field_for_t<B>;
    field.kind = F::kind;
    field.type_name = F::class_name;
    if constexpr (requires { F::field_type; }) field.type = &F::field_type;
    if constexpr (requires { F::complete_field(field); }) F::complete_field(field);
    return field;
}
[[noreturn]] void throw_wrong_depth();

template <class T> nuages::Value value_of_items(const T& value) {
    if constexpr (models::detail::WithoutOptional<T>::nullable) {
        return value ? value_of_items(*value) : nuages::Value(nullptr);
    } else if constexpr (models::detail::Container<T>) {
        std::vector<nuages::Value> items;
        for (const auto& item : value) items.push_back(value_of_items<typename T::value_type>(item));
        return nuages::Value::list(std::move(items));
    } else {
        return models::detail::value_of_member(value);
    }
}
/// Makes `base` the base of the array, with the sizes of its items, which report() left in `field`.
void set_base(models::Field& field, models::Field base);

}  // namespace detail

/// A list of values of the field class B (or of a plain type: std::string, int, double, Date, Uuid ..., std::optional of
/// these where an item may be NULL).
template <class B> class ArrayField : public detail::Items<B>::list {
    using Items = detail::Items<B>;
    using List = typename Items::list;

public:
    using value_type = List;
    using item_type = typename List::value_type;
    using Options = ArrayOptions;
    static constexpr models::FieldKind kind = models::FieldKind::binary;
    static constexpr std::string_view class_name = "ArrayField";
    static constexpr const models::FieldType& field_type = array_type;

    ArrayField() = default;
    ArrayField(const ArrayOptions& options, NUAGES_SITE) {
        if (options.default_.literal && !models::detail::decoding) assign_literal(options.default_.literal());
        if (site == models::detail::Site::described)
            report(this, options);
    }
    ArrayField(List items) : List(std::move(items)) {}
    // For numbers a template, so that braces with one option in them are no list.
    template <class U>
    requires(std::is_arithmetic_v<U>&& std::is_convertible_v<U, item_type>) ArrayField(std::initializer_list<U> items)
        : List(items.begin(), items.end()) {}
    ArrayField(std::initializer_list<item_type> items) requires(!std::is_arithmetic_v<item_type>) : List(items) {}
    using List::operator=;

    static void complete_field(models::Field& field) { detail::set_base(field, detail::described_base<B>()); }

    void read_column(const db::Cell& cell) {
        const std::vector<std::uint32_t> sizes = detail::array_sizes(cell);
        this->clear();
        if (sizes.empty()) return;
        if (sizes.size() != Items::depth) detail::throw_wrong_depth();
        std::vector<typename detail::ItemValue<typename Items::leaf>::type> items;
        db::each_in_array(cell, [&](const db::Cell& item) {
            typename decltype(items)::value_type value{};
            detail::read_item<typename Items::leaf>(item, value);
            items.push_back(std::move(value));
        });
        auto at = items.begin();
        Items::take(*this, at, sizes.data());
    }
    void bind_column(db::Param& out) const { detail::bind_array(as_literal(), bound_, out); }
    void assign_literal(const models::Literal& value) {
        this->clear();
        if (value.kind() == models::Literal::Kind::list) Items::assign(*this, value);
    }
    models::Literal as_literal() const { return models::detail::literal_of(static_cast<const List&>(*this)); }
    nuages::Value as_value() const { return detail::value_of_items(static_cast<const List&>(*this)); }

private:
    mutable std::string bound_;  // where a statement borrows the text
};

}  // namespace nuages::postgres

namespace nuages::db::models {

template <class T> struct OwnLookups<std::vector<T>> {
    template <class R> static consteval bool takes() {
        using Item = typename detail::ListItem<R>::type;
        if constexpr (std::is_same_v<R, std::vector<T>> || std::is_same_v<R, std::nullptr_t>)
            return true;
        else if constexpr (!std::is_void_v<Item>)
            return detail::comparable<detail::plain_t<T>, void, Item>(detail::class_of<detail::plain_t<T>>());
        else
            return detail::WithoutOptional<R>::nullable && takes<detail::plain_t<R>>();
    }
    template <class R> static consteval LookupFit lookup(std::string_view rest) {
        const auto fit = [](bool fits) { return fits ? LookupFit::fits : LookupFit::misfit; };
        const std::string_view word = detail::path_head(rest), behind = detail::path_tail(rest);
        if (rest == "isnull") return fit(std::is_same_v<R, bool>);
        if (rest.empty() || detail::is_word_of(rest, " exact contains contained_by overlap gt gte lt lte ")) return fit(takes<R>());
        if (rest == "in") {
            using Item = typename detail::ListItem<R>::type;
            if constexpr (!std::is_void_v<Item>) return fit(takes<Item>());
            return LookupFit::misfit;
        }
        if (word == "len") return detail::fit_of<std::int64_t, R>(behind);
        if (is_number(word)) return detail::fit_of<detail::plain_t<T>, R>(behind);
        if (is_slice(word)) return lookup<R>(behind);
        return LookupFit::unknown;
    }
    template <fixed_string Rest> static consteval auto transformed() {
        constexpr std::string_view word = Rest.view();
        if constexpr (word == "len")
            return std::type_identity<std::int64_t>{};
        else if constexpr (is_number(word))
            return std::type_identity<detail::plain_t<T>>{};
        else if constexpr (is_slice(word))
            return std::type_identity<std::vector<T>>{};
        else
            return std::type_identity<void>{};
    }

private:
    static consteval bool is_number(std::string_view word) {
        for (const char c : word) {
            if (c < '0' || c > '9') return false;
        }
        return !word.empty() && word.size() < 10;
    }
    static consteval bool is_slice(std::string_view word) {
        for (std::size_t i = 1; i + 1 < word.size(); ++i) {
            if (word[i] == '_') return is_number(word.substr(0, i)) && is_number(word.substr(i + 1));
        }
        return false;
    }
};

}  // namespace nuages::db::models

// Ranges (django.contrib.postgres.fields.ranges): columns whose value is a postgres::Range.
//
//     struct Booking : models::Model<Booking> {
//         BigAutoField id;
//         postgres::DateRangeField nights;
//         models::Nullable<postgres::IntegerRangeField> guests;
//     };
//     Booking{.nights = {monday, friday}}.save();                            // from monday on, to the day before friday
//     Booking::objects.filter("nights__overlap"_f = postgres::Range(tuesday, sunday), "guests__contains"_f = 4);
//
// Lookups: exact, gt, gte, lt, lte, contains (a range or a value), contained_by, overlap, fully_lt, fully_gt, not_lt, not_gt,
// adjacent_to, isnull. Transforms: startswith, endswith, isempty, lower_inc, lower_inf, upper_inc, upper_inf.
#pragma once

#include <nuages/contrib/postgres/array_field.hpp>
#include <nuages/core/validators/validator.hpp>
#include <nuages/db/models/functions.hpp>
#include <nuages/utils/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace nuages::postgres {

namespace detail {
/// ValueError unless they are one of [], [), (] and ().
std::string_view check_bounds(std::string_view bounds);
db::models::Expr boundary(bool inclusive_lower, bool inclusive_upper);
}  // namespace detail

/// The values between two bounds. A bound that is missing stands for infinity. What PostgreSQL gives back is in its own
/// form: [1,5] of integers comes as [1,6).
template <class T> class Range {
public:
    /// All values.
    Range() = default;
    /// BOUNDS: '[' and ']' where the value itself belongs to the range, '(' and ')' where it does not. Throws ValueError for others.
    Range(std::optional<T> lower, std::optional<T> upper, std::string_view bounds = "[)")
        : lower_(std::move(lower)),
          upper_(std::move(upper)),
          lower_inc_(detail::check_bounds(bounds)[0] == '['),
          upper_inc_(bounds[1] == ']') {}
    static Range empty() {
        Range range;
        range.empty_ = true;
        return range;
    }
    /// Reads a Literal of a model made from data, which is a list: lower, upper, bounds ("empty").
    static Range of(const models::Literal& value);

    const std::optional<T>& lower() const { return lower_; }
    const std::optional<T>& upper() const { return upper_; }
    bool isempty() const { return empty_; }
    bool lower_inf() const { return !empty_ && !lower_; }
    bool upper_inf() const { return !empty_ && !upper_; }
    bool lower_inc() const { return !empty_ && lower_ && lower_inc_; }
    bool upper_inc() const { return !empty_ && upper_ && upper_inc_; }

    operator models::Literal() const {
        const std::string_view bounds = empty_ ? "empty" : lower_inc() ? (upper_inc() ? "[]" : "[)") : upper_inc() ? "(]" : "()";
        return models::Literal(std::vector<models::Literal>{models::detail::literal_of(lower_), models::detail::literal_of(upper_), models::Literal(bounds)});
    }
    friend bool operator==(const Range& a, const Range& b) {
        return a.empty_ == b.empty_ && a.lower_ == b.lower_ && a.upper_ == b.upper_ && a.lower_inc() == b.lower_inc() &&
               a.upper_inc() == b.upper_inc();
    }

private:
    std::optional<T> lower_, upper_;
    bool lower_inc_ = false, upper_inc_ = false, empty_ = false;
};
template <class T> Range(T, T) -> Range<T>;
template <class T> Range(T, T, std::string_view) -> Range<T>;

/// The classes of ranges. In models made from data a value is a list: lower, upper, and bounds ("[)" where it is missing).
extern const models::FieldType integer_range_type, big_integer_range_type, decimal_range_type, date_range_type, date_time_range_type;
/// A field of one of them.
models::Field range_field(std::string name, const models::FieldType& type);

/// Operators of exclusion constraints: .exclude = {{"room"_f, RangeOperators::EQUAL}, {"nights"_f, RangeOperators::OVERLAPS}}.
struct RangeOperators {
    static constexpr std::string_view EQUAL = "=", NOT_EQUAL = "<>", CONTAINS = "@>", CONTAINED_BY = "<@", OVERLAPS = "&&",
                                      FULLY_LT = "<<", FULLY_GT = ">>", NOT_LT = "&>", NOT_GT = "&<", ADJACENT_TO = "-|-";
};

/// Refuses ranges that reach above this value (RangeMaxValueValidator) or below it (RangeMinValueValidator):
/// .validators = {[] { return postgres::RangeMaxValueValidator(100); }}
Ref<const validators::Validator> RangeMaxValueValidator(nuages::Value limit);
Ref<const validators::Validator> RangeMinValueValidator(nuages::Value limit);

/// The bounds of a range as text, for functions that make one: RangeBoundary(true, true) is '[]'.
inline db::models::Function<db::models::detail::Gives<std::string>> RangeBoundary(bool inclusive_lower = true, bool inclusive_upper = false) {
    return db::models::Function<db::models::detail::Gives<std::string>>(detail::boundary(inclusive_lower, inclusive_upper));
}

struct RangeOptions {
    ListDefault default_ = {};  ///< .default_ = call<next_week>
    NUAGES_COMMON_FIELD_OPTIONS;
};
/// Tells the Describer that listens of the field at `member`.
void report(const void* member, const RangeOptions& options);

namespace detail {
/// A column's text as a Literal; bounds are of that kind.
models::Literal read_range(const db::Cell& cell, models::FieldKind kind);
/// [1,5)
std::string range_text(const models::Literal& range);
nuages::Value value_of_range(const models::Literal& range);
/// Makes a value of any spelling the list of three; the kind is that of the bounds.
models::Literal range_of(const models::Literal& value, models::FieldKind kind);
void add_base(models::Field& field);

template <class T, models::FieldKind Base, const models::FieldType& Type> class RangeValue : public Range<T> {
public:
    using value_type = Range<T>;
    using Options = RangeOptions;
    static constexpr models::FieldKind kind = models::FieldKind::binary;
    static constexpr const models::FieldType& field_type = Type;

    RangeValue() = default;
    RangeValue(const RangeOptions& options, NUAGES_SITE) {
        if (options.default_.literal && !models::detail::decoding) assign_literal(options.default_.literal());
        if (site == models::detail::Site::described)
            report(this, options);
    }
    RangeValue(Range<T> range) : Range<T>(std::move(range)) {}
    RangeValue(std::optional<T> lower, std::optional<T> upper, std::string_view bounds = "[)")
        : Range<T>(std::move(lower), std::move(upper), bounds) {}

    static void complete_field(models::Field& field) { add_base(field); }
    void read_column(const db::Cell& cell) { assign_literal(read_range(cell, Base)); }
    void bind_column(db::Param& out) const {
        bound_ = range_text(as_literal());
        out = db::Param(bound_);
    }
    void assign_literal(const models::Literal& value) { Range<T>::operator=(Range<T>::of(range_of(value, Base))); }
    models::Literal as_literal() const { return *this; }
    nuages::Value as_value() const { return value_of_range(as_literal()); }

private:
    mutable std::string bound_;  // where a statement borrows the text
};
}  // namespace detail

template <class T> Range<T> Range<T>::of(const models::Literal& value) {
    const std::vector<models::Literal>& parts = value.list();
    if (parts[2].text() == "empty") return empty();
    const auto bound = [](const models::Literal& part) {
        std::optional<T> read;
        if (!part.is_null()) models::detail::assign(part, read.emplace());
        return read;
    };
    return Range(bound(parts[0]), bound(parts[1]), parts[2].text());
}

/// For templates: a mapping with lower, upper and bounds.
template <class T> nuages::Value to_value(const Range<T>& range) { return detail::value_of_range(range); }

/// An annotation's value.
template <class T> void decode(const db::Cell& cell, Range<T>& value) {
    value = Range<T>::of(detail::read_range(cell, detail::field_for_t<T>::kind));
}

#define NUAGES_RANGE_FIELD(NAME, VALUE, KIND, TYPE)                                            \
    struct NAME : detail::RangeValue<VALUE, models::FieldKind::KIND, TYPE> {                   \
        static constexpr std::string_view class_name = #NAME;                                  \
        using RangeValue::RangeValue;                                                          \
    }
NUAGES_RANGE_FIELD(IntegerRangeField, std::int32_t, integer, integer_range_type);
NUAGES_RANGE_FIELD(BigIntegerRangeField, std::int64_t, big_integer, big_integer_range_type);
NUAGES_RANGE_FIELD(DecimalRangeField, Decimal, decimal, decimal_range_type);
NUAGES_RANGE_FIELD(DateRangeField, Date, date, date_range_type);
NUAGES_RANGE_FIELD(DateTimeRangeField, DateTime, date_time, date_time_range_type);
#undef NUAGES_RANGE_FIELD

}  // namespace nuages::postgres

namespace nuages::db::models {

template <class T> struct OwnLookups<postgres::Range<T>> {
    template <class R> static consteval bool takes() {
        if constexpr (detail::WithoutOptional<R>::nullable) return takes<detail::plain_t<R>>();
        if constexpr (IsRange<R>::value) return detail::comparable<T, void, typename IsRange<R>::bound>(detail::class_of<T>());
        return std::is_same_v<R, std::nullptr_t>;
    }
    template <class R> static consteval LookupFit lookup(std::string_view rest) {
        const auto fit = [](bool fits) { return fits ? LookupFit::fits : LookupFit::misfit; };
        const std::string_view word = detail::path_head(rest), behind = detail::path_tail(rest);
        if (rest == "isnull") return fit(std::is_same_v<R, bool>);
        if (rest == "contains") return fit(takes<R>() || detail::comparable<T, void, R>(detail::class_of<T>()));
        if (rest.empty() || detail::is_word_of(rest, " exact gt gte lt lte contained_by overlap fully_lt fully_gt not_lt not_gt adjacent_to "))
            return fit(takes<R>());
        if (is_bound(word)) return detail::fit_of<T, R>(behind);
        if (is_question(word)) return detail::fit_of<bool, R>(behind);
        return LookupFit::unknown;
    }
    template <fixed_string Rest> static consteval auto transformed() {
        if constexpr (is_bound(Rest.view()))
            return std::type_identity<T>{};
        else if constexpr (is_question(Rest.view()))
            return std::type_identity<bool>{};
        else
            return std::type_identity<void>{};
    }

private:
    template <class R> struct IsRange { static constexpr bool value = false; };
    template <class B> struct IsRange<postgres::Range<B>> {
        static constexpr bool value = true;
        using bound = B;
    };
    static consteval bool is_bound(std::string_view word) { return word == "startswith" || word == "endswith"; }
    static consteval bool is_question(std::string_view word) {
        return detail::is_word_of(word, " isempty lower_inc lower_inf upper_inc upper_inf ");
    }
};

}  // namespace nuages::db::models

// Database functions, typed (django.db.models.functions): Lower("name"_f), Coalesce("nick"_f, "name"_f), TruncMonth("at"_f).
//
// "name"_f is a column, any other value a constant. The types of results are known; an argument that may be NULL makes
// the result std::optional.
#pragma once

#include <nuages/db/models/check.hpp>

#include <string_view>
#include <vector>

namespace nuages::db::models {

namespace detail {

template <class... A> inline constexpr bool any_nullable = (WithoutOptional<A>::nullable || ...);
template <bool Null, class T> using optional_if = std::conditional_t<Null, std::optional<T>, T>;

// What a function makes of the types of its arguments.
template <class T> struct Gives { template <class... A> using type = optional_if<any_nullable<A...>, T>; };
template <class T> struct Always { template <class...> using type = T; };
template <class T> struct Perhaps { template <class...> using type = std::optional<T>; };
struct GivesFirst {
    template <class First, class... A> using type = optional_if<any_nullable<First, A...>, plain_t<First>>;
};
struct PerhapsFirst { template <class First, class...> using type = std::optional<plain_t<First>>; };
struct FirstThatIs {
    template <class First, class... A>
    using type = optional_if<WithoutOptional<First>::nullable && (WithoutOptional<A>::nullable && ... && true), plain_t<First>>;
};

/// A function of the core by Django's class name; the dates' parts are in the name: ExtractYear, TruncMonth.
Expr call_function(std::string_view name, std::vector<Expr> arguments);

template <class F> OutputType output_of() { return {.kind = F::kind, .field = nullptr, .known = true}; }

/// The same for Extract and Trunc, on the clock of a zone.
Expr call_date_function(std::string_view name, Expr operand, std::string_view zone, OutputType output = {});

template <class Rule, class... A> auto call_typed(std::string_view name, const A&... arguments) {
    return Function<Rule, expression_t<A>...>(call_function(name, {Expr(as_expression(arguments).expr())...}));
}

/// The value of a keyword, as an expression to check.
template <class K> struct MemberValue;
Expr json_object(std::initializer_list<const QNode*> members);
template <class S, fixed_string P, class R> struct TypeOf<S, MemberValue<Keyword<P, R>>> {
    using right = decltype(right_type<S, R>());
    using problem = typename right::problem;
    using type = typename right::type;
};

/// The value type of a field F; of a Nullable, optional.
template <class F> struct OutputValue { using type = typename F::value_type; };
template <class F>
requires(Bare<F>::nullable) struct OutputValue<F> { using type = std::optional<typename bare_t<F>::value_type>; };

/// What a path into JSON is as text.
template <fixed_string P> struct KeyText;
template <class S, fixed_string P> struct TypeOf<S, KeyText<P>> {
    using leaf = leaf_t<S, P>;
    static consteval auto check() {
        if constexpr (!std::is_same_v<typename leaf::problem, no_problem>)
            return TypeOrProblem<typename leaf::problem, void>{};
        else if constexpr (leaf_class<leaf>() != ValueClass::json)
            return TypeOrProblem<is_not_a_document<scope_model_t<S>, P>, void>{};
        else
            return TypeOrProblem<no_problem, std::optional<std::string>>{};
    }
    using problem = typename decltype(check())::problem;
    using type = typename decltype(check())::type;
};

}  // namespace detail

/// fn::TruncDay("created"_f, {.tzinfo = "Asia/Tokyo"}): the zone whose clock counts, else the current one.
struct DateOptions { std::string_view tzinfo = {}; };

namespace functions {

#define NUAGES_FUNCTION(NAME, ...)                              \
    template <class... A> auto NAME(const A&... arguments) {    \
        return detail::call_typed<__VA_ARGS__>(#NAME, arguments...); \
    }

// ---- text ---------------------------------------------------------------------------------------------------
NUAGES_FUNCTION(Lower, detail::Gives<std::string>)
NUAGES_FUNCTION(Upper, detail::Gives<std::string>)
NUAGES_FUNCTION(Trim, detail::Gives<std::string>)
NUAGES_FUNCTION(LTrim, detail::Gives<std::string>)
NUAGES_FUNCTION(RTrim, detail::Gives<std::string>)
NUAGES_FUNCTION(Length, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(Concat, detail::Always<std::string>)
NUAGES_FUNCTION(Substr, detail::Gives<std::string>)
NUAGES_FUNCTION(Left, detail::Gives<std::string>)
NUAGES_FUNCTION(Right, detail::Gives<std::string>)
NUAGES_FUNCTION(LPad, detail::Gives<std::string>)
NUAGES_FUNCTION(RPad, detail::Gives<std::string>)
NUAGES_FUNCTION(Repeat, detail::Gives<std::string>)
NUAGES_FUNCTION(Replace, detail::Gives<std::string>)
NUAGES_FUNCTION(Reverse, detail::Gives<std::string>)
NUAGES_FUNCTION(StrIndex, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(Chr, detail::Gives<std::string>)
NUAGES_FUNCTION(Ord, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(MD5, detail::Gives<std::string>)
NUAGES_FUNCTION(SHA1, detail::Gives<std::string>)
NUAGES_FUNCTION(SHA224, detail::Gives<std::string>)
NUAGES_FUNCTION(SHA256, detail::Gives<std::string>)
NUAGES_FUNCTION(SHA384, detail::Gives<std::string>)
NUAGES_FUNCTION(SHA512, detail::Gives<std::string>)

// ---- comparison ---------------------------------------------------------------------------------------------
NUAGES_FUNCTION(Coalesce, detail::FirstThatIs)
NUAGES_FUNCTION(Greatest, detail::GivesFirst)
NUAGES_FUNCTION(Least, detail::GivesFirst)
NUAGES_FUNCTION(NullIf, detail::PerhapsFirst)

// ---- numbers: NULL also where a function is not defined ------------------------------------------------------
NUAGES_FUNCTION(Abs, detail::GivesFirst)
NUAGES_FUNCTION(Ceil, detail::GivesFirst)
NUAGES_FUNCTION(Floor, detail::GivesFirst)
NUAGES_FUNCTION(Round, detail::GivesFirst)
NUAGES_FUNCTION(Mod, detail::Perhaps<double>)
NUAGES_FUNCTION(Power, detail::Perhaps<double>)
NUAGES_FUNCTION(Sign, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(Sqrt, detail::Perhaps<double>)
NUAGES_FUNCTION(Exp, detail::Perhaps<double>)
NUAGES_FUNCTION(Ln, detail::Perhaps<double>)
NUAGES_FUNCTION(Log, detail::Perhaps<double>)
NUAGES_FUNCTION(Degrees, detail::Gives<double>)
NUAGES_FUNCTION(Radians, detail::Gives<double>)
NUAGES_FUNCTION(Sin, detail::Gives<double>)
NUAGES_FUNCTION(Cos, detail::Gives<double>)
NUAGES_FUNCTION(Tan, detail::Gives<double>)
NUAGES_FUNCTION(Cot, detail::Perhaps<double>)
NUAGES_FUNCTION(ASin, detail::Perhaps<double>)
NUAGES_FUNCTION(ACos, detail::Perhaps<double>)
NUAGES_FUNCTION(ATan, detail::Gives<double>)
NUAGES_FUNCTION(ATan2, detail::Gives<double>)
NUAGES_FUNCTION(Pi, detail::Always<double>)
NUAGES_FUNCTION(Random, detail::Always<double>)

// ---- identifiers: UUID7() may be shifted by a duration ---------------------------------------------------------
NUAGES_FUNCTION(UUID4, detail::Always<Uuid>)
NUAGES_FUNCTION(UUID7, detail::Always<Uuid>)

#define NUAGES_DATE_FUNCTION(NAME, ...)                                                                     \
    template <class A> auto NAME(const A& operand, const DateOptions& options = {}) {                       \
        return Function<__VA_ARGS__, detail::expression_t<A>>(                                              \
            detail::call_date_function(#NAME, detail::as_expression(operand).expr(), options.tzinfo));      \
    }

// TruncMonth<models::DateField>("created"_f) is a date.
#define NUAGES_TRUNC_FUNCTION(NAME)                                                                             \
    NUAGES_DATE_FUNCTION(NAME, detail::GivesFirst)                                                              \
    template <class F, class A>                                                                                 \
    requires requires { F::kind; }                                                                              \
    auto NAME(const A& operand, const DateOptions& options = {}) {                                              \
        return Function<detail::Gives<typename F::value_type>, detail::expression_t<A>>(detail::call_date_function( \
            #NAME, detail::as_expression(operand).expr(), options.tzinfo, detail::output_of<F>()));             \
    }

// ---- dates --------------------------------------------------------------------------------------------------
NUAGES_FUNCTION(Now, detail::Always<DateTime>)
NUAGES_DATE_FUNCTION(ExtractYear, detail::Gives<std::int64_t>)
NUAGES_DATE_FUNCTION(ExtractIsoYear, detail::Gives<std::int64_t>)
NUAGES_DATE_FUNCTION(ExtractQuarter, detail::Gives<std::int64_t>)
NUAGES_DATE_FUNCTION(ExtractMonth, detail::Gives<std::int64_t>)
NUAGES_DATE_FUNCTION(ExtractWeek, detail::Gives<std::int64_t>)
NUAGES_DATE_FUNCTION(ExtractWeekDay, detail::Gives<std::int64_t>)
NUAGES_DATE_FUNCTION(ExtractIsoWeekDay, detail::Gives<std::int64_t>)
NUAGES_DATE_FUNCTION(ExtractDay, detail::Gives<std::int64_t>)
NUAGES_DATE_FUNCTION(ExtractHour, detail::Gives<std::int64_t>)
NUAGES_DATE_FUNCTION(ExtractMinute, detail::Gives<std::int64_t>)
NUAGES_DATE_FUNCTION(ExtractSecond, detail::Gives<std::int64_t>)
NUAGES_TRUNC_FUNCTION(TruncYear)
NUAGES_TRUNC_FUNCTION(TruncQuarter)
NUAGES_TRUNC_FUNCTION(TruncMonth)
NUAGES_TRUNC_FUNCTION(TruncWeek)
NUAGES_TRUNC_FUNCTION(TruncDay)
NUAGES_TRUNC_FUNCTION(TruncHour)
NUAGES_TRUNC_FUNCTION(TruncMinute)
NUAGES_TRUNC_FUNCTION(TruncSecond)
NUAGES_DATE_FUNCTION(TruncDate, detail::Gives<Date>)
NUAGES_DATE_FUNCTION(TruncTime, detail::Gives<Time>)

#undef NUAGES_TRUNC_FUNCTION
#undef NUAGES_DATE_FUNCTION

// ---- JSON ---------------------------------------------------------------------------------------------------
NUAGES_FUNCTION(JSONArray, detail::Always<Json>)
#undef NUAGES_FUNCTION
/// A document: JSONObject("name"_f = Lower("title"_f), "n"_f = "views"_f).
template <class... K> auto JSONObject(const K&... members) {
    return Function<detail::Always<Json>, detail::MemberValue<K>...>(detail::json_object({&members.node...}));
}

/// The operand compared and sorted by a collation of the database: Collate("name"_f, "nocase").
template <class A> auto Collate(const A& operand, std::string_view collation) {
    return Function<detail::GivesFirst, detail::expression_t<A>>(
        expr::collate(detail::as_expression(operand).expr(), collation));
}

/// The operand as the type of field F: Cast<CharField>("views"_f).
template <class F, class A> auto Cast(const A& operand) {
    return Function<detail::Gives<typename F::value_type>, detail::expression_t<A>>(
        expr::cast(detail::as_expression(operand).expr(), detail::output_of<F>()));
}

}  // namespace functions

/// The operand, said to be of the type of field F, without a word of SQL (Django: ExpressionWrapper's output_field).
template <class F, class A> auto ExpressionWrapper(const A& operand) {
    return Function<detail::Gives<typename F::value_type>, detail::expression_t<A>>(
        expr::typed(detail::as_expression(operand).expr(), detail::output_of<F>()));
}

/// A text of the program's own, never of a user: it is known when the program is compiled.
struct SqlLiteral {
    const char* text;
    consteval SqlLiteral(const char* literal) : text(literal) {}
};
/// SQL by hand with %s for its parameters, whose value is that of field F: RawSQL<IntegerField>("views * %s", 2),
/// RawSQL<Nullable<IntegerField>>(...) where it may be NULL.
template <class F, class... V> auto RawSQL(SqlLiteral sql, const V&... parameters) {
    return TypedExpression<typename detail::OutputValue<F>::type>(
        expr::raw_sql(sql.text, {detail::make_literal(parameters)...}, detail::output_of<detail::bare_t<F>>()));
}

/// A path into a JSON field as text, NULL where it leads nowhere: KT("meta__tags__0"_f).
template <fixed_string P> auto KT(FieldRef<P> path) {
    return Function<detail::GivesFirst, detail::KeyText<P>>(expr::key_text(path.name()));
}

/// JSON's null, where nullptr is SQL's NULL: filter("meta"_f = JSONNull()), update("meta"_f = JSONNull()).
inline TypedExpression<Json> JSONNull() { return TypedExpression<Json>(expr::value(Literal(), FieldKind::json)); }

}  // namespace nuages::db::models

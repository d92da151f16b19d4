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

template <class Rule, class... A> auto call_typed(std::string_view name, const A&... arguments) {
    return Function<Rule, expression_t<A>...>(call_function(name, {Expr(as_expression(arguments).expr())...}));
}

}  // namespace detail

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

// ---- dates --------------------------------------------------------------------------------------------------
NUAGES_FUNCTION(Now, detail::Always<DateTime>)
NUAGES_FUNCTION(ExtractYear, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(ExtractIsoYear, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(ExtractQuarter, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(ExtractMonth, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(ExtractWeek, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(ExtractWeekDay, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(ExtractIsoWeekDay, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(ExtractDay, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(ExtractHour, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(ExtractMinute, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(ExtractSecond, detail::Gives<std::int64_t>)
NUAGES_FUNCTION(TruncYear, detail::GivesFirst)
NUAGES_FUNCTION(TruncQuarter, detail::GivesFirst)
NUAGES_FUNCTION(TruncMonth, detail::GivesFirst)
NUAGES_FUNCTION(TruncWeek, detail::GivesFirst)
NUAGES_FUNCTION(TruncDay, detail::GivesFirst)
NUAGES_FUNCTION(TruncHour, detail::GivesFirst)
NUAGES_FUNCTION(TruncMinute, detail::GivesFirst)
NUAGES_FUNCTION(TruncSecond, detail::GivesFirst)
NUAGES_FUNCTION(TruncDate, detail::Gives<Date>)
NUAGES_FUNCTION(TruncTime, detail::Gives<Time>)

// ---- JSON ---------------------------------------------------------------------------------------------------
NUAGES_FUNCTION(JSONObject, detail::Always<Json>)
NUAGES_FUNCTION(JSONArray, detail::Always<Json>)
#undef NUAGES_FUNCTION

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

}  // namespace nuages::db::models

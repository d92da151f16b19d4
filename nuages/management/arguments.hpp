// How a function's parameter types become command line arguments: description, conversion, call. Command uses it.
#pragma once

#include <nuages/management/io.hpp>
#include <nuages/utils/reflection.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nuages::management {

enum class ParameterKind { positional, optional_positional, rest, flag, option, repeated_option };

/// One argument of a command, for parsing and help.
struct Parameter {
    ParameterKind kind = ParameterKind::positional;
    std::string name = {};      ///< "file", "--batch-size"; of a flag whose default is true: "--no-clear"
    std::string letter = {};    ///< "-b", or empty
    const char* type = "text";  ///< "text", "int", "number"
    std::string default_text = {};
    std::string help = {};

    bool is_option() const { return kind >= ParameterKind::flag; }
};

/// The texts of each parameter, in the order of the parameters.
struct ParsedArguments {
    std::vector<std::vector<std::string>> values;
    const std::vector<Parameter>* parameters = nullptr;
};

namespace detail {

bool parse_argument(std::string_view text, std::int64_t& value);
bool parse_argument(std::string_view text, double& value);
[[noreturn]] void refuse_argument(const Parameter& parameter, std::string_view text);
std::string default_text(const std::string& value);
std::string default_text(std::int64_t value);
std::string default_text(double value);
std::string option_name(std::string_view member, bool negated);

template <class T> inline constexpr bool is_optional = false;
template <class T> inline constexpr bool is_optional<std::optional<T>> = true;
template <class T> inline constexpr bool is_vector = false;
template <class T> inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
concept Scalar = std::is_same_v<T, std::string> ||(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>);
template <class T>
concept Options = std::is_class_v<T> && std::is_aggregate_v<T>;

template <Scalar T> constexpr const char* type_of() {
    return std::is_same_v<T, std::string> ? "text" : std::is_integral_v<T> ? "int" : "number";
}

template <Scalar T> T convert(const Parameter& parameter, std::string_view text) {
    if constexpr (std::is_integral_v<T>) {
        std::int64_t value = 0;
        if (!parse_argument(text, value) || static_cast<std::int64_t>(static_cast<T>(value)) != value ||
            (std::is_unsigned_v<T> && value < 0))
            refuse_argument(parameter, text);
        return static_cast<T>(value);
    } else if constexpr (std::is_floating_point_v<T>) {
        double value = 0;
        if (!parse_argument(text, value)) refuse_argument(parameter, text);
        return static_cast<T>(value);
    } else {
        return T(text);
    }
}

/// The parameters that one function parameter (or one member of an options struct) of type T stands for.
template <class T> void describe(std::vector<Parameter>& out) {
    if constexpr (Scalar<T>) {
        out.push_back({.kind = ParameterKind::positional, .type = type_of<T>()});
    } else if constexpr (is_optional<T>) {
        out.push_back({.kind = ParameterKind::optional_positional, .type = type_of<typename T::value_type>()});
    } else if constexpr (is_vector<T>) {
        out.push_back({.kind = ParameterKind::rest, .type = type_of<typename T::value_type>()});
    } else {
        static_assert(
            Options<T>,
            "a command's parameter is text, a number, an optional or a vector of them, or a struct of options");
        T defaults{};
        utils::for_each_member(defaults, [&](std::string_view name, const auto& member) {
            using Member = std::remove_cvref_t<decltype(member)>;
            if constexpr (std::is_same_v<Member, bool>)
                out.push_back({.kind = ParameterKind::flag, .name = option_name(name, member), .type = ""});
            else if constexpr (is_vector<Member>)
                out.push_back({.kind = ParameterKind::repeated_option,
                               .name = option_name(name, false),
                               .type = type_of<typename Member::value_type>()});
            else if constexpr (is_optional<Member>)
                out.push_back({.kind = ParameterKind::option,
                               .name = option_name(name, false),
                               .type = type_of<typename Member::value_type>()});
            else
                out.push_back({.kind = ParameterKind::option,
                               .name = option_name(name, false),
                               .type = type_of<Member>(),
                               .default_text = default_text(member)});
        });
    }
}

/// Reads one member or parameter from the texts at INDEX and moves on.
template <class T> void read(const ParsedArguments& arguments, std::size_t& index, T& out) {
    if constexpr (Options<T> && !Scalar<T> && !is_optional<T> && !is_vector<T>) {
        utils::for_each_member(out, [&](std::string_view, auto& member) { read(arguments, index, member); });
    } else {
        const Parameter& parameter = (*arguments.parameters)[index];
        const std::vector<std::string>& texts = arguments.values[index++];
        if constexpr (std::is_same_v<T, bool>) {
            if (!texts.empty()) out = !out;
        } else if constexpr (is_vector<T>) {
            for (const std::string& text : texts) out.push_back(convert<typename T::value_type>(parameter, text));
        } else if constexpr (is_optional<T>) {
            if (!texts.empty()) out = convert<typename T::value_type>(parameter, texts.back());
        } else {
            if (!texts.empty()) out = convert<T>(parameter, texts.back());
        }
    }
}

/// How many parameters T stands for.
template <class T> constexpr std::size_t width() {
    if constexpr (Scalar<T> || is_optional<T> || is_vector<T>)
        return 1;
    else
        return utils::field_count<T>;
}

template <class T> T taken(const ParsedArguments& arguments, std::size_t index) {
    T value{};
    read(arguments, index, value);
    return value;
}

template <class F> struct Call;
template <class F>
requires requires { &F::operator(); }
struct Call<F> : Call<decltype(&F::operator())> {};
template <class C, class R, class... A> struct Call<R (C::*)(Io&, A...) const> : Call<R (*)(Io&, A...)> {};
template <class C, class R, class... A> struct Call<R (C::*)(Io&, A...)> : Call<R (*)(Io&, A...)> {};
template <class R, class... A> struct Call<R (*)(Io&, A...)> {
    static std::vector<Parameter> parameters() {
        std::vector<Parameter> all;
        (describe<std::remove_cvref_t<A>>(all), ...);
        return all;
    }
    template <class F> static int run(F& function, Io& io, const ParsedArguments& arguments) {
        return run(function, io, arguments, std::index_sequence_for<A...>{});
    }

private:
    /// Where parameter I begins among the texts.
    static constexpr std::size_t start(std::size_t i) {
        constexpr std::size_t widths[] = {width<std::remove_cvref_t<A>>()..., 0};
        std::size_t sum = 0;
        while (i > 0) sum += widths[--i];
        return sum;
    }
    template <class F, std::size_t... I>
    static int run(F& function, Io& io, [[maybe_unused]] const ParsedArguments& arguments, std::index_sequence<I...>) {
        if constexpr (std::is_void_v<R>)
            return function(io, taken<std::remove_cvref_t<A>>(arguments, start(I))...), 0;
        else
            return function(io, taken<std::remove_cvref_t<A>>(arguments, start(I))...);
    }
};

}  // namespace detail

}  // namespace nuages::management

// Settings as text: for diffsettings and the debug page. Secrets are masked by their name, as Django masks them.
#pragma once

#include <nuages/conf/database_url.hpp>
#include <nuages/site/fwd.hpp>
#include <nuages/utils/reflection.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::http {
struct Middleware;
}

namespace nuages::site {

/// One setting under its Django name, its value as text.
struct SettingLine {
    std::string name;
    std::string value;
    friend bool operator==(const SettingLine&, const SettingLine&) = default;
};

/// What stands in place of a secret.
inline constexpr std::string_view kMask = "********************";

/// Whether a setting of that name holds a secret: API, AUTH, TOKEN, KEY, SECRET, PASS or SIGNATURE is part of it.
bool is_secret(std::string_view name);

// One overload for each kind of member; anything else shows as "<...>".
std::string setting_text(std::same_as<bool> auto value) { return value ? "True" : "False"; }
std::string setting_text(std::string_view value);
std::string setting_text(std::int64_t value);
std::string setting_text(double value);
std::string setting_text(const conf::DatabaseUrl& value);
std::string setting_text(const http::Middleware& value);
std::string setting_text(const App* value);

template <class T> std::string setting_text_of(const T& value) {
    if constexpr (std::is_same_v<T, bool> || std::is_convertible_v<const T&, std::string_view> ||
                  std::is_same_v<T, conf::DatabaseUrl> || std::is_same_v<T, http::Middleware> ||
                  std::is_same_v<T, const App*>) {
        return setting_text(value);
    } else if constexpr (std::is_integral_v<T>) {
        return setting_text(static_cast<std::int64_t>(value));
    } else if constexpr (std::is_floating_point_v<T>) {
        return setting_text(static_cast<double>(value));
    } else if constexpr (requires { value.first, value.second; }) {
        return "(" + setting_text_of(value.first) + ", " + setting_text_of(value.second) + ")";
    } else if constexpr (requires { value.has_value(), *value; }) {
        return value.has_value() ? setting_text_of(*value) : "None";
    } else if constexpr (requires { value.begin() != value.end(); }) {
        std::string out = "[";
        for (const auto& item : value) out += (out.size() == 1 ? "" : ", ") + setting_text_of(item);
        return out + "]";
    } else if constexpr (requires { static_cast<bool>(value); }) {
        return static_cast<bool>(value) ? "<set>" : "None";
    } else {
        return "<...>";
    }
}

/// The name of T as the compiler spells it: "blog::Settings".
template <class T> std::string_view type_name() {
    std::string_view text = __PRETTY_FUNCTION__;
    std::size_t begin = text.find("T = ") + 4;
    return text.substr(begin, text.find_first_of(";]", begin) - begin);
}

/// Appends the members of the aggregate OBJECT as "PREFIX.name".
template <class T> void list_members(const T& object, std::string_view prefix, std::vector<SettingLine>& lines) {
    utils::for_each_member(object, [&](std::string_view name, const auto& member) {
        std::string full = prefix.empty() ? std::string() : std::string(prefix) + ".";
        full += name;
        lines.push_back({full, is_secret(name) ? std::string(kMask) : setting_text_of(member)});
    });
}

}  // namespace nuages::site

#include <nuages/site/setting_text.hpp>

#include <nuages/http/middleware.hpp>
#include <nuages/site/app.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace nuages::site {

bool is_secret(std::string_view name) {
    std::string upper(name);
    std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
    for (std::string_view word : {"API", "AUTH", "TOKEN", "KEY", "SECRET", "PASS", "SIGNATURE", "HTTP_COOKIE"})
        if (upper.find(word) != upper.npos) return true;
    return false;
}

std::string setting_text(std::string_view value) {
    std::string out = "'";
    for (char c : value) {
        if (c == '\'' || c == '\\') out += '\\';
        if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
    return out + "'";
}

std::string setting_text(std::int64_t value) { return std::to_string(value); }

std::string setting_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

std::string setting_text(const conf::DatabaseUrl& value) { return setting_text(value.masked()); }
std::string setting_text(const http::Middleware& value) { return value.name; }
std::string setting_text(const App* value) { return value ? value->name : "None"; }

}  // namespace nuages::site

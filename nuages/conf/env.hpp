// Settings from the environment and .env files, typed (what django-environ does for Django).
//
// A variable of the process wins over the file, so that a deployment can override what stands in the project.
// A getter without a fallback throws ImproperlyConfigured when the variable is not set: a site that starts is
// configured.
#pragma once

#include <nuages/conf/database_url.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::conf {

/// The environment of the process over the variables of a .env file.
class Env {
public:
    /// The process environment alone.
    Env() = default;
    /// Adds the variables of FILE; a file that does not exist adds none.
    /// Throws ImproperlyConfigured with file and line when a line is not `NAME=value`.
    explicit Env(const char* file) : Env(std::string_view(file)) {}
    explicit Env(std::string_view file) { read_file(file); }

    /// Reads the lines of a .env text: `NAME=value`, `export NAME=value`, # comments, 'raw' and "escaped\n" values.
    /// ORIGIN names it in errors. A name that is already there is kept.
    void read(std::string_view text, std::string_view origin);
    void read_file(std::string_view file);

    /// The text of NAME, or nothing when it is not set.
    std::optional<std::string> find(std::string_view name) const;
    bool contains(std::string_view name) const { return find(name).has_value(); }

    /// Throws ImproperlyConfigured "Set the NAME environment variable" when it is not set.
    std::string str(std::string_view name) const;
    std::string str(std::string_view name, std::string_view fallback) const;

    /// true/on/ok/yes/y/1 and false/off/no/n/0/empty in any case; anything else throws ImproperlyConfigured.
    bool boolean(std::string_view name) const;
    bool boolean(std::string_view name, std::same_as<bool> auto fallback) const {
        return contains(name) ? boolean(name) : fallback;
    }

    std::int64_t integer(std::string_view name) const;
    std::int64_t integer(std::string_view name, std::int64_t fallback) const {
        return contains(name) ? integer(name) : fallback;
    }

    double real(std::string_view name) const;
    double real(std::string_view name, double fallback) const { return contains(name) ? real(name) : fallback; }

    /// Items separated by commas, without the white space around them; empty items are dropped.
    std::vector<std::string> list(std::string_view name) const;
    std::vector<std::string> list(std::string_view name, std::vector<std::string> fallback) const;

    /// A database URL; errors name the variable and the part that is wrong.
    DatabaseUrl database(std::string_view name) const;
    DatabaseUrl database(std::string_view name, std::string_view fallback_url) const;

private:
    std::vector<std::pair<std::string, std::string>> file_;
};

}  // namespace nuages::conf

namespace nuages {
using conf::DatabaseUrl;
using conf::Env;
}  // namespace nuages

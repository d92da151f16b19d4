// System checks: what can be found wrong before a site serves anything (django.core.checks).
//
// There is no global registry: an app lists its checks, the site adds its own, `run_checks` takes the whole list.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/core/checks/fwd.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::core::checks {

/// Django's levels, with Django's numbers.
enum class Severity : int { debug = 10, info = 20, warning = 30, error = 40, critical = 50 };

/// The level of that name ("ERROR", any case); throws Error for another text.
Severity severity_of(std::string_view name);
std::string_view severity_name(Severity severity);

/// One finding.
struct Message {
    Severity severity = Severity::error;
    std::string msg;
    std::string hint = {};
    std::string obj = {};  ///< what it is about: "blog.Article.title"; empty: the site as a whole
    std::string id = {};   ///< "security.W004"

    /// At least an error: the site must not start.
    bool is_serious() const { return severity >= Severity::error; }
    /// "blog.Article.title: (fields.E120) CharFields must define ...", with the hint on a line of its own.
    std::string str() const;
};

inline Message Info(std::string msg, std::string hint = {}, std::string obj = {}, std::string id = {}) {
    return {Severity::info, std::move(msg), std::move(hint), std::move(obj), std::move(id)};
}
inline Message Warning(std::string msg, std::string hint = {}, std::string obj = {}, std::string id = {}) {
    return {Severity::warning, std::move(msg), std::move(hint), std::move(obj), std::move(id)};
}
inline Message Error(std::string msg, std::string hint = {}, std::string obj = {}, std::string id = {}) {
    return {Severity::error, std::move(msg), std::move(hint), std::move(obj), std::move(id)};
}

/// A function that looks for one kind of fault.
struct Check {
    Function<std::vector<Message>()> run;
    std::vector<std::string> tags = {};  ///< "models", "security", "templates" ...
    bool deploy = false;                 ///< runs only for `check --deploy`
};

/// Which checks to run, and which findings to leave out.
struct CheckOptions {
    std::vector<std::string> tags = {};  ///< empty: all
    bool include_deployment_checks = false;
};

/// Runs CHECKS in order and returns what they found.
std::vector<Message> run_checks(std::span<const Check> checks, const CheckOptions& options = {});

/// All tags of CHECKS, sorted, each once; those of deployment checks only when asked for.
std::vector<std::string> tags_of(std::span<const Check> checks, bool include_deployment_checks = false);

}  // namespace nuages::core::checks

#include <nuages/base/error.hpp>
#include <nuages/core/checks/checks.hpp>

#include <algorithm>

namespace nuages::core::checks {

std::string_view severity_name(Severity severity) {
    switch (severity) {
        case Severity::debug: return "DEBUG";
        case Severity::info: return "INFO";
        case Severity::warning: return "WARNING";
        case Severity::error: return "ERROR";
        case Severity::critical: return "CRITICAL";
    }
    return "ERROR";
}

Severity severity_of(std::string_view name) {
    std::string upper(name);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
    for (Severity severity : {Severity::debug, Severity::info, Severity::warning, Severity::error, Severity::critical})
        if (severity_name(severity) == upper) return severity;
    throw nuages::Error("'" + std::string(name) + "' is no level: choose CRITICAL, ERROR, WARNING, INFO or DEBUG");
}

std::string Message::str() const {
    std::string text = (obj.empty() ? "?" : obj) + ": ";
    if (!id.empty()) text += "(" + id + ") ";
    text += msg;
    if (!hint.empty()) text += "\n\tHINT: " + hint;
    return text;
}

std::vector<Message> run_checks(std::span<const Check> checks, const CheckOptions& options) {
    std::vector<Message> found;
    for (const Check& check : checks) {
        if (check.deploy && !options.include_deployment_checks) continue;
        bool wanted = options.tags.empty() || std::any_of(check.tags.begin(), check.tags.end(), [&](const auto& tag) {
                          return std::find(options.tags.begin(), options.tags.end(), tag) != options.tags.end();
                      });
        if (!wanted) continue;
        for (Message& message : check.run()) found.push_back(std::move(message));
    }
    return found;
}

std::vector<std::string> tags_of(std::span<const Check> checks, bool include_deployment_checks) {
    std::vector<std::string> tags;
    for (const Check& check : checks)
        if (include_deployment_checks || !check.deploy) tags.insert(tags.end(), check.tags.begin(), check.tags.end());
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    return tags;
}

}  // namespace nuages::core::checks

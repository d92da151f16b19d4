#include <nuages/management/system_check.hpp>

#include <nuages/db/backend.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/database.hpp>
#include <nuages/management/command.hpp>
#include <nuages/site/site.hpp>

#include <algorithm>

namespace nuages::management {
namespace {

using checks::Message;
using checks::Severity;

Style style_of(Severity severity) {
    if (severity >= Severity::error) return Style::error;
    if (severity >= Severity::warning) return Style::warning;
    return Style::plain;
}

/// The findings of one level under their heading, as Django groups them.
void append_group(std::string& out, const Io& io, const std::vector<Message>& found, Severity severity,
                  std::string_view heading) {
    bool any = false;
    for (const Message& message : found) {
        if (message.severity != severity) continue;
        if (!any) out += "\n" + std::string(heading) + ":\n";
        any = true;
        out += io.styled(message.str(), style_of(severity)) + "\n";
    }
}

std::string count_text(std::size_t visible, std::size_t silenced) {
    std::string issues = visible == 0 ? "no issues" : visible == 1 ? "1 issue" : std::to_string(visible) + " issues";
    return "System check identified " + issues + " (" + std::to_string(silenced) + " silenced).";
}

/// What the drivers find wrong with the databases that they reach.
void check_databases(const std::vector<std::string>& aliases, std::vector<Message>& found) {
    for (const std::string& alias : aliases) {
        const db::Connection connection = db::connection(alias);
        for (const std::string& problem : connection.database().driver().check_database(connection))
            found.push_back(checks::Warning(problem, "", "database '" + alias + "'",
                                            std::string(connection.vendor()) + ".W001"));
    }
}

}  // namespace

void run_system_checks(Io& io, const site::Site& site, const SystemCheckOptions& options) {
    std::vector<checks::Check> all_checks = site.checks();
    std::vector<Message> found = checks::run_checks(all_checks, options.run);
    const auto& silenced_ids = site.settings().silenced_system_checks;
    check_databases(options.databases, found);
    std::size_t before = found.size();
    std::erase_if(found, [&](const Message& message) {
        return std::find(silenced_ids.begin(), silenced_ids.end(), message.id) != silenced_ids.end();
    });
    std::size_t silenced = before - found.size();

    std::string text;
    append_group(text, io, found, Severity::critical, "CRITICALS");
    append_group(text, io, found, Severity::error, "ERRORS");
    append_group(text, io, found, Severity::warning, "WARNINGS");
    append_group(text, io, found, Severity::info, "INFOS");
    append_group(text, io, found, Severity::debug, "DEBUGS");
    bool failed = std::any_of(found.begin(), found.end(),
                              [&](const Message& message) { return message.severity >= options.fail_level; });
    if (failed)
        throw CommandError("System check identified some issues:\n" + text + "\n" + count_text(found.size(), silenced));
    if (!text.empty()) io.error("System check identified some issues:\n" + text);
    if (options.show_count) io.write(count_text(found.size(), silenced));
}

}  // namespace nuages::management

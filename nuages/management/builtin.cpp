#include <nuages/management/detail/builtin.hpp>
#include <nuages/management/execute.hpp>
#include <nuages/management/system_check.hpp>
#include <nuages/management/version.hpp>
#include <nuages/site/site.hpp>
#include <nuages/templates/check.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/urls/resolver.hpp>

#include <algorithm>

namespace nuages::management {
namespace detail {
namespace {

struct CheckOptions {
    bool deploy = false;
    std::vector<std::string> tag;
    std::vector<std::string> database;
    bool templates = false;
    bool list_tags = false;
    std::string fail_level = "ERROR";
};

// Why no route answers {% url %}: its values are looked at where the template says all of them.
std::string url_problem(const templates::UrlUse& use) {
    const routing::UrlResolver& resolver = site::current().resolver();
    std::vector<std::string> names;
    routing::ReverseOptions options;
    bool all_known = true;
    const auto argument = [&](const Value& value) {
        all_known = all_known && !value.is_missing();
        return routing::Argument(value.is_missing() ? std::string() : value.str());
    };
    for (const Value& value : use.args) options.args.push_back(argument(value));
    for (const auto& [name, value] : use.kwargs) {
        names.emplace_back(name);
        options.kwargs.emplace_back(name, argument(value));
    }
    std::string problem = resolver.reverse_problem(use.name, use.args.size(), names);
    if (!problem.empty() || !all_known) return problem;
    try {
        resolver.reverse(use.name, options);
    } catch (const Error& error) {
        return error.message();
    }
    return {};
}

void check_all_templates(Io& io) {
    std::size_t count = 0, errors = 0;
    bool any = false;
    const auto aliases = templates::engine_aliases();
    for (const std::string& alias : aliases) {
        const templates::Engine& engine = templates::engines(alias);
        const std::string prefix = aliases.size() > 1 ? "[" + alias + "] " : "";
        for (const auto& finding : templates::check_templates(engine, {.url_problem = url_problem})) {
            io.write(io.styled(prefix + finding.str(), finding.is_error ? Style::error : Style::warning));
            errors += finding.is_error;
            any = true;
        }
        count += engine.template_names().size();
    }
    const std::string checked = std::to_string(count) + (count == 1 ? " template" : " templates") + " checked, ";
    if (errors > 0) throw CommandError(checked + std::to_string(errors) + (errors == 1 ? " error." : " errors."));
    io.write(checked + (any ? "no errors." : "no issues."));
}

void run_check(Io& io, CheckOptions options) {
    const site::Site& site = site::current();
    std::vector<checks::Check> all = site.checks();
    std::vector<std::string> tags = checks::tags_of(all, options.deploy);
    if (options.list_tags) {
        for (const std::string& tag : tags) io.write(tag);
        return;
    }
    for (const std::string& tag : options.tag)
        if (std::find(tags.begin(), tags.end(), tag) == tags.end())
            throw CommandError("There is no system check with the \"" + tag + "\" tag.");
    run_system_checks(io, site,
                      {.run = {.tags = options.tag, .include_deployment_checks = options.deploy},
                       .fail_level = checks::severity_of(options.fail_level),
                       .databases = options.database});
    if (options.templates) check_all_templates(io);
}

struct DiffOptions {
    bool all = false;
};

/// Django's marks: "###" behind what differs from the default, before what does not (with --all).
void run_diffsettings(Io& io, DiffOptions options) {
    auto defaults = site::listing(site::Settings{});
    for (const site::SettingLine& line : site::listing(site::current().settings())) {
        bool is_default =
            std::find(defaults.begin(), defaults.end(), line) != defaults.end() && !site::is_secret(line.name);
        if (!is_default)
            io.write(line.name + " = " + line.value + "  ###");
        else if (options.all)
            io.write("### " + line.name + " = " + line.value);
    }
}

/// The route as written and its full name, one line each, in the order in which they are tried.
void run_listurls(Io& io) {
    std::vector<std::pair<std::string, std::string>> rows;
    std::size_t width = 0;
    site::current().resolver().each([&](const std::vector<const http::RouteInfo*>& chain) {
        std::string route = "/", name;
        for (const http::RouteInfo* part : chain) {
            route += part->route;
            if (!part->namespace_.empty()) name += part->namespace_ + ":";
        }
        name = chain.back()->name.empty() ? "" : name + chain.back()->name;
        width = std::max(width, route.size());
        rows.emplace_back(std::move(route), std::move(name));
    });
    for (const auto& [route, name] : rows)
        io.write(name.empty() ? route
                              : route + std::string(width + 2 - route.size(), ' ') + io.styled(name, Style::label));
}

}  // namespace

const Command check_command{
    .name = "check",
    .help = "Checks the entire Nuages project for potential problems.",
    .action = run_check,
    .arguments = {{"--deploy", "Checks what matters on a public server too."},
                  {"-t/--tag", "Runs only the checks with that tag; may be repeated."},
                  {"--templates", "Parses every template and checks what it names: tags, filters, parents, URLs."},
                  {"--list-tags", "Lists the tags."},
                  {"--fail-level", "The level that makes the command fail: CRITICAL, ERROR, WARNING, INFO, DEBUG."}},
    .requires_system_checks = false,
};

const Command diffsettings_command{
    .name = "diffsettings",
    .help = "Displays differences between the current settings and Nuages' default settings. Secrets are masked.",
    .action = run_diffsettings,
    .arguments = {{"--all", "Shows the settings that have their default too."}},
    .requires_system_checks = false,
};

// Only listed: the help itself is given by execute_from_command_line, which knows the program's name.
const Command help_command{
    .name = "help",
    .help = "Lists the commands, or describes one.",
    .action =
        [](Io& io, std::optional<std::string> command) {
            if (!command) {
                for (const Command* one : built_in_commands()) io.write(one->name);
                return;
            }
            for (const Command* one : built_in_commands())
                if (*command == one->name) io.print(one->usage("nuages"));
        },
    .arguments = {{"command", "A command's name."}},
    .requires_settings = false,
};

const Command listurls_command{
    .name = "listurls",
    .help = "Lists the routes of the site with their names, in the order in which they are tried.",
    .action = run_listurls,
};

const Command version_command{
    .name = "version",
    .help = "Prints the version of Nuages.",
    .action = [](Io& io) { io.write(get_version()); },
    .requires_settings = false,
};

}  // namespace detail

const std::vector<const Command*>& built_in_commands() {
    using namespace detail;
    static const std::vector<const Command*> all{
        &check_command,     &compilemessages_command, &createcachetable_command, &dbshell_command,      &diffsettings_command,
        &dumpdata_command,  &flush_command,   &loaddata_command,     &help_command,     &inspectdb_command, &listurls_command,
        &makemessages_command, &migrate_command, &runserver_command, &serve_command,    &shell_command,     &sqlflush_command,
        &sqlsequencereset_command, &startapp_command, &startproject_command,
        &version_command,
    };
    return all;
}

}  // namespace nuages::management

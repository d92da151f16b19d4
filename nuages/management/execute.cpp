// How a command line becomes a command: common options are taken out, the name is looked up among the apps' commands
// and the built-in ones, the site is set up when the command needs one, and errors become exit codes.
#include <nuages/management/execute.hpp>

#include <nuages/async/loop.hpp>
#include <nuages/management/detail/builtin.hpp>
#include <nuages/management/system_check.hpp>
#include <nuages/management/version.hpp>
#include <nuages/site/nearest.hpp>
#include <nuages/site/site.hpp>

#include <algorithm>
#include <charconv>

namespace nuages::management {
namespace {

using Words = std::vector<std::string>;

/// What every command understands.
struct CommonOptions {
    IoOptions io;
    bool traceback = false;
    bool skip_checks = false;
    bool help = false;
};

int verbosity_of(std::string_view text) {
    int value = -1;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > 3)
        throw UsageError("argument -v/--verbosity: invalid choice: '" + std::string(text) +
                         "' (choose from 0, 1, 2, 3)");
    return value;
}

/// Takes the common options out of WORDS; nothing behind "--" is one.
CommonOptions take_common_options(Words& words) {
    CommonOptions options;
    Words rest;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "--") {
            rest.insert(rest.end(), words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
            break;
        }
        if (word == "--no-color")
            options.io.colors = Colors::never;
        else if (word == "--force-color")
            options.io.colors = Colors::always;
        else if (word == "--no-input" || word == "--noinput")
            options.io.interactive = false;
        else if (word == "--traceback")
            options.traceback = true;
        else if (word == "--skip-checks")
            options.skip_checks = true;
        else if (word == "--help" || word == "-h")
            options.help = true;
        else if (word.starts_with("--verbosity="))
            options.io.verbosity = verbosity_of(std::string_view(word).substr(12));
        else if (word == "-v" || word == "--verbosity") {
            if (++i == words.size()) throw UsageError("argument -v/--verbosity: expected one argument");
            options.io.verbosity = verbosity_of(words[i]);
        } else if (word.size() == 3 && word.starts_with("-v"))
            options.io.verbosity = verbosity_of(std::string_view(word).substr(2));
        else
            rest.push_back(word);
    }
    words = std::move(rest);
    return options;
}

const Command* find_in(const std::vector<const Command*>& commands, std::string_view name) {
    for (const Command* command : commands)
        if (command && command->name == name) return command;
    return nullptr;
}

/// A later app's command wins over an earlier one's, and both over a built-in one, as in Django.
const Command* find_command(std::span<const site::App* const> apps, std::string_view name) {
    for (std::size_t i = apps.size(); i > 0; --i)
        if (apps[i - 1])
            if (const Command* found = find_in(apps[i - 1]->commands, name)) return found;
    return find_in(built_in_commands(), name);
}

std::string unknown_command_text(std::span<const site::App* const> apps, std::string_view name) {
    std::vector<std::string_view> names;
    for (const Command* command : built_in_commands()) names.emplace_back(command->name);
    for (const site::App* app : apps)
        if (app)
            for (const Command* command : app->commands) names.emplace_back(command->name);
    std::string text = "Unknown command: '" + std::string(name) + "'.";
    if (auto near = site::nearest(name, names); !near.empty()) text += " Did you mean " + std::string(near) + "?";
    return text;
}

/// The names of the commands under their apps, in columns that Django's help has.
std::string command_list(const std::string& program, std::span<const site::App* const> apps,
                         const std::string& settings_error, const Io& io) {
    std::string out =
        "\nType '" + program + " help <subcommand>' for help on a specific subcommand.\n\nAvailable subcommands:\n";
    auto group = [&](std::string_view title, const std::vector<const Command*>& commands) {
        if (commands.empty()) return;
        std::vector<const Command*> sorted = commands;
        std::sort(sorted.begin(), sorted.end(),
                  [](const Command* a, const Command* b) { return std::string_view(a->name) < b->name; });
        out += "\n" + io.styled("[" + std::string(title) + "]", Style::notice) + "\n";
        for (const Command* command : sorted) {
            std::string_view name = command->name, help = command->help;
            help = help.substr(0, help.find('\n'));
            out += "    " + std::string(name) + std::string(name.size() < 18 ? 18 - name.size() : 1, ' ') +
                   std::string(help) + "\n";
        }
    };
    group("nuages", built_in_commands());
    for (const site::App* app : apps)
        if (app) group(app->get_label(), app->commands);
    if (!settings_error.empty())
        out += "\n" +
               io.styled(
                   "Note that only Nuages core commands are listed as settings are not properly configured (error: " +
                       settings_error + ").",
                   Style::notice) +
               "\n";
    return out;
}

class Execution {
public:
    Execution(std::string program, Words words, site::Settings (*settings)())
        : program_(std::move(program)), words_(std::move(words)), get_settings_(settings) {}

    int run() {
        try {
            common_ = take_common_options(words_);
        } catch (const UsageError& error) {
            Io().error(program_ + ": error: " + error.what());
            return error.returncode();
        }
        Io io(common_.io);
        if (common_.traceback) return dispatch(io);
        try {
            return dispatch(io);
        } catch (const UsageError& error) {
            io.error(usage_ + program_ + ": error: " + error.what());
            return error.returncode();
        } catch (const CommandError& error) {
            io.error("CommandError: " + error.message());
            return error.returncode();
        } catch (const Error& error) {
            io.error(std::string(error.name()) + ": " + error.what());
        } catch (const std::exception& error) {
            io.error(std::string("Error: ") + error.what());
        }
        return 1;
    }

private:
    int dispatch(Io& io) {
        std::string name = words_.empty() ? "help" : words_.front();
        if (name == "--version") name = "version";
        if (name == "help") return help(io);
        const Command* command = find_in(built_in_commands(), name);
        if (!command && !get_settings_) return unknown(io, name);
        bool needs_site = !command || command->requires_settings;
        if (needs_site && !common_.help) load_settings();
        if (needs_site && common_.help) try_settings();
        const Command* found = find_command(apps(), name);
        if (!found) return unknown(io, name);
        if (common_.help) return io.print(found->usage(program_)), 0;
        std::string usage = found->usage(program_);
        usage_ = usage.substr(0, usage.find('\n') + 1);
        return run_command(io, *found);
    }

    int unknown(Io& io, std::string_view name) {
        if (!settings_error_.empty()) io.error(settings_error_);
        io.error(unknown_command_text(apps(), name) + "\nType '" + program_ + " help' for usage.");
        return 1;
    }

    int run_command(Io& io, const Command& command) {
        Words arguments(words_.begin() + 1, words_.end());
        auto work = [&] {
            if (!command.requires_settings) return command.run(io, arguments);
            site::Site site(std::move(*settings_));
            if (command.requires_system_checks && !common_.skip_checks)
                run_system_checks(io, site, {.show_count = false});
            return command.run(io, arguments);
        };
        return command.runs_on_fiber ? async::run(work) : work();
    }

    int help(Io& io) {
        try_settings();
        if (words_.size() < 2) return io.print(command_list(program_, apps(), settings_error_, io)), 0;
        if (words_[1] == "--commands") {
            for (const Command* command : built_in_commands()) io.write(command->name);
            for (const site::App* app : apps())
                for (const Command* command : app->commands) io.write(command->name);
            return 0;
        }
        const Command* command = find_command(apps(), words_[1]);
        if (!command) throw CommandError(unknown_command_text(apps(), words_[1]));
        io.print(command->usage(program_));
        return 0;
    }

    void load_settings() {
        if (!get_settings_)
            throw CommandError("This command needs a site: run it inside a project made by 'nuages startproject'.");
        settings_ = get_settings_();
    }
    void try_settings() {
        if (!get_settings_) return;
        try {
            load_settings();
        } catch (const Error& error) {
            settings_error_ = error.message();
        }
    }
    std::span<const site::App* const> apps() const {
        if (!settings_) return {};
        return settings_->installed_apps;
    }

    std::string program_;
    Words words_;
    site::Settings (*get_settings_)();
    CommonOptions common_;
    std::optional<site::Settings> settings_;
    std::string settings_error_;
    std::string usage_;
};

}  // namespace

int execute_from_command_line(int argc, const char* const* argv, site::Settings (*settings)()) {
    std::string_view program = argc > 0 ? argv[0] : "nuages";
    program = program.substr(program.rfind('/') + 1);
    Words words;
    for (int i = 1; i < argc; ++i) words.emplace_back(argv[i]);
    return Execution(std::string(program), std::move(words), settings).run();
}

int call_command(Io& io, std::string_view name, const std::vector<std::string>& arguments) {
    std::span<const site::App* const> apps;
    if (site::Site* site = site::find_current()) apps = site->registry().apps();
    const Command* command = find_command(apps, name);
    if (!command) throw CommandError(unknown_command_text(apps, name));
    return command->run(io, arguments);
}

}  // namespace nuages::management

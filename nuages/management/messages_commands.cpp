// makemessages and compilemessages: catalogs of translations by GNU gettext's tools, as Django's commands make them.
#include <nuages/management/detail/builtin.hpp>
#include <nuages/site/site.hpp>
#include <nuages/templates/errors.hpp>
#include <nuages/templates/templatize.hpp>
#include <nuages/utils/translation.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nuages::management::detail {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

std::string content_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

void write_file(const fs::path& file, std::string_view text) {
    fs::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary);
    stream.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!stream.flush()) throw CommandError("Cannot write " + file.string() + ".");
}

/// A folder that goes away.
struct Scratch {
    fs::path path;
    Scratch() {
        std::string name = (fs::temp_directory_path() / "nuages-messages-XXXXXX").string();
        if (!::mkdtemp(name.data()))
            throw CommandError("Cannot make a folder in " + fs::temp_directory_path().string() + ".");
        path = name;
    }
    ~Scratch() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
};

/// Runs one of gettext's tools in FOLDER; what it says goes to LOG. False when it fails.
bool run_tool(Words words, const fs::path& folder, const fs::path& log) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const std::string directory = folder.string(), said = log.string();
    const pid_t child = ::fork();
    if (child < 0) throw CommandError("Cannot start " + words[0] + ".");
    if (child == 0) {
        const int out = ::open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (out < 0 || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0 || ::chdir(directory.c_str()) != 0) ::_exit(126);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        throw CommandError("Can't find " + words[0] +
                           ". Make sure you have GNU gettext tools 0.19 or newer installed.");
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void must_run(const Words& words, const fs::path& folder, const Scratch& scratch) {
    const fs::path log = scratch.path / "log";
    if (!run_tool(words, folder, log))
        throw CommandError("errors happened while running " + words[0] + "\n" + content_of(log));
}

struct MakeOptions {
    Words locale;
    Words exclude;
    bool all = false;
    Words extension;
    Words ignore;
    bool no_obsolete = false;
    bool no_location = false;
    bool no_wrap = false;
};

bool is_skipped(const fs::path& relative, const Words& ignore) {
    for (const fs::path& part : relative) {
        const std::string name = part.string();
        if (name == "build" || name == "node_modules" || (name.size() > 1 && name.front() == '.' && name != ".."))
            return true;
    }
    const std::string path = relative.generic_string();
    return std::any_of(ignore.begin(), ignore.end(),
                       [&](const std::string& pattern) { return path.starts_with(pattern); });
}

/// Copies what xgettext reads below SCRATCH: C++ as it is, everything else templatized. Gives the copies' paths.
Words gather_sources(const fs::path& root, const Scratch& scratch, const MakeOptions& options) {
    const Words extensions = options.extension.empty() ? Words{"html", "txt", "cpp", "hpp"} : options.extension;
    Words found;
    for (fs::recursive_directory_iterator it(root), end; it != end; ++it) {
        const fs::path relative = fs::relative(it->path(), root);
        if (is_skipped(relative, options.ignore)) {
            if (it->is_directory()) it.disable_recursion_pending();
            continue;
        }
        std::string extension = relative.extension().string();
        if (!extension.empty()) extension.erase(0, 1);
        if (!it->is_regular_file() || std::find(extensions.begin(), extensions.end(), extension) == extensions.end())
            continue;
        const bool is_code = extension == "cpp" || extension == "hpp";
        std::string text = content_of(it->path());
        try {
            if (!is_code) text = templates::templatize(text);
        } catch (const templates::TemplateSyntaxError& error) {
            throw CommandError(relative.string() + ": " + error.message());
        }
        const std::string copy = relative.generic_string() + (is_code ? "" : ".cpp");
        write_file(scratch.path / "sources" / copy, text);
        found.push_back(copy);
    }
    std::sort(found.begin(), found.end());
    return found;
}

fs::path locale_folder(const fs::path& root) {
    if (fs::is_directory(root / "locale")) return root / "locale";
    if (const site::Site* site = site::find_current()) {
        const auto& paths = site->settings().locale_paths;
        if (!paths.empty()) return fs::absolute(paths.front());
    }
    throw CommandError(
        "Unable to find a locale path to store translations in. Make a folder \"locale\" here, or set locale_paths.");
}

/// References to copies of templates become those of the templates.
std::string with_true_names(std::string pot) {
    for (const std::string_view ending : {".html.cpp:", ".txt.cpp:"}) {
        for (std::size_t at = 0; (at = pot.find(ending, at)) != pot.npos;) pot.erase(at + ending.size() - 5, 4);
    }
    return pot;
}

void update_catalog(const fs::path& pot, const fs::path& po, const std::string& locale, const Scratch& scratch,
                    const MakeOptions& options) {
    fs::create_directories(po.parent_path());
    const fs::path merged = scratch.path / "merged.po";
    if (fs::exists(po)) {
        Words words{"msgmerge", "-q", "--previous", "-o", merged.string(), po.string(), pot.string()};
        if (options.no_wrap) words.insert(words.begin() + 1, "--no-wrap");
        must_run(words, scratch.path, scratch);
    } else {
        must_run({"msginit", "--no-translator", "-l", locale + ".UTF-8", "-i", pot.string(), "-o", merged.string()},
                 scratch.path, scratch);
    }
    if (options.no_obsolete)
        must_run({"msgattrib", "--no-obsolete", "-o", merged.string(), merged.string()}, scratch.path, scratch);
    write_file(po, content_of(merged));
}

void run_makemessages(Io& io, MakeOptions options) {
    if (options.locale.empty() && !options.all && options.exclude.empty())
        throw CommandError("Type 'makemessages --help' for usage information.");
    const fs::path root = fs::current_path(), folder = locale_folder(root);
    Words locales = options.locale;
    if (options.locale.empty()) {
        for (const auto& entry : fs::directory_iterator(folder))
            if (entry.is_directory()) locales.push_back(entry.path().filename().string());
    }
    std::erase_if(locales, [&](const std::string& locale) {
        return std::find(options.exclude.begin(), options.exclude.end(), locale) != options.exclude.end();
    });
    std::sort(locales.begin(), locales.end());
    Scratch scratch;
    const Words sources = gather_sources(root, scratch, options);
    const fs::path pot = scratch.path / "django.pot";
    write_file(pot, "");
    Words words{"xgettext",
                "-d",
                "django",
                "--language=C++",
                "--from-code=UTF-8",
                "--add-comments=Translators",
                "-k",
                "--keyword=gettext",
                "--keyword=gettext_noop",
                "--keyword=translated:1,1t",
                "--keyword=translated:1c,2,2t",
                "--keyword=tr:1,1t",
                "--keyword=tr:1c,2,2t",
                "--keyword=ngettext:1,2",
                "--keyword=pgettext:1c,2",
                "--keyword=npgettext:1c,2,3",
                "--force-po",
                "-o",
                pot.string()};
    if (options.no_location) words.push_back("--no-location");
    if (options.no_wrap) words.push_back("--no-wrap");
    words.push_back("--files-from=" + (scratch.path / "files").string());
    std::string list;
    for (const std::string& source : sources) list += source + "\n";
    write_file(scratch.path / "files", list);
    fs::create_directories(scratch.path / "sources");
    must_run(words, scratch.path / "sources", scratch);
    std::string text = with_true_names(content_of(pot));
    if (const std::size_t at = text.find("charset=CHARSET"); at != text.npos) text.replace(at, 15, "charset=UTF-8");
    write_file(pot, text);
    for (const std::string& locale : locales) {
        if (translation::to_locale(translation::to_language(locale)) != locale)
            io.warning("invalid locale " + locale + ", did you mean " + translation::to_locale(locale) + "?");
        io.write("processing locale " + locale);
        update_catalog(pot, folder / locale / "LC_MESSAGES" / "django.po", locale, scratch, options);
    }
}

struct CompileOptions {
    Words locale;
    Words exclude;
    bool use_fuzzy = false;
};

void run_compilemessages(Io& io, CompileOptions options) {
    const fs::path root = fs::current_path();
    std::vector<fs::path> catalogs;
    const auto gather = [&](const fs::path& folder) {
        std::error_code ignored;
        for (fs::recursive_directory_iterator it(folder, ignored), end; it != end; it.increment(ignored)) {
            const fs::path file = it->path();
            if (is_skipped(fs::relative(file, folder), {})) {
                if (it->is_directory(ignored)) it.disable_recursion_pending();
                continue;
            }
            if (file.extension() != ".po" || file.parent_path().filename() != "LC_MESSAGES") continue;
            const std::string locale = file.parent_path().parent_path().filename().string();
            const auto in = [&](const Words& words) {
                return std::find(words.begin(), words.end(), locale) != words.end();
            };
            if ((options.locale.empty() || in(options.locale)) && !in(options.exclude)) catalogs.push_back(file);
        }
    };
    gather(root);
    if (const site::Site* site = site::find_current())
        for (const std::string& path : site->settings().locale_paths) gather(fs::absolute(path));
    std::sort(catalogs.begin(), catalogs.end());
    catalogs.erase(std::unique(catalogs.begin(), catalogs.end()), catalogs.end());
    if (catalogs.empty())
        throw CommandError(
            "This script should be run from your project tree, or with locale_paths set: there is no .po file in a "
            "folder LC_MESSAGES.");
    Scratch scratch;
    std::string problems;
    for (const fs::path& po : catalogs) {
        const fs::path mo = fs::path(po).replace_extension(".mo"), log = scratch.path / "log";
        std::error_code missing;
        const auto made = fs::last_write_time(mo, missing);
        if (!missing && made >= fs::last_write_time(po)) {
            io.write("File \"" + po.string() + "\" is already compiled and up to date.");
            continue;
        }
        io.write("processing file django.po in " + po.parent_path().string());
        const fs::path part = fs::path(mo) += ".part";
        Words words{"msgfmt", "--check-format", "-o", part.string(), po.string()};
        if (options.use_fuzzy) words.insert(words.begin() + 2, "-f");
        if (run_tool(words, root, log)) {
            fs::rename(part, mo);
        } else {
            fs::remove(part, missing);
            problems += "Execution of msgfmt failed: " + content_of(log);
        }
    }
    if (!problems.empty()) throw CommandError(problems + "compilemessages generated one or more errors.");
}

}  // namespace

const Command makemessages_command{
    .name = "makemessages",
    .help =
        "Collects the messages of templates and C++ sources below this folder into "
        "locale/<locale>/LC_MESSAGES/django.po.",
    .action = run_makemessages,
    .arguments = {{"-l/--locale", "A locale (de, pt_BR) to make or bring up to date; may be repeated."},
                  {"-x/--exclude", "A locale to leave out."},
                  {"-a/--all", "All locales that there are."},
                  {"-e/--extension", "Endings of the files to read: html, txt, cpp and hpp by default."},
                  {"-i/--ignore", "The beginning of a path to leave out."},
                  {"--no-obsolete", "Removes messages that no source has any more."},
                  {"--no-location", "Writes no \"#: file:line\"."},
                  {"--no-wrap", "Does not break long lines."}},
    .requires_system_checks = false,
    .runs_on_fiber = false,
};

const Command compilemessages_command{
    .name = "compilemessages",
    .help = "Compiles the .po files below this folder and in locale_paths to .mo files.",
    .action = run_compilemessages,
    .arguments = {{"-l/--locale", "Only that locale; may be repeated."},
                  {"-x/--exclude", "A locale to leave out."},
                  {"-f/--use-fuzzy", "Takes fuzzy translations too."}},
    .requires_system_checks = false,
    .runs_on_fiber = false,
};

}  // namespace nuages::management::detail

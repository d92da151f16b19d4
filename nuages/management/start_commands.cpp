// startproject and startapp: folders of files to begin with, from project_template/ and app_template/.
#include <nuages/management/detail/builtin.hpp>
#include <nuages/management/detail/start_templates.hpp>
#include <nuages/management/scaffold.hpp>
#include <nuages/management/version.hpp>

#include <sys/stat.h>
#include <unistd.h>

namespace nuages::management::detail {
namespace {

constexpr std::size_t kSecretKeyLength = 50;

bool is_folder(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// The folder to fill: DIRECTORY, which must exist, or a new one called NAME.
std::string target_folder(const std::string& name, const std::optional<std::string>& directory) {
    if (directory) {
        if (!is_folder(*directory))
            throw CommandError("Destination directory '" + *directory + "' does not exist, please create it first.");
        return *directory;
    }
    struct stat status {};
    if (::lstat(name.c_str(), &status) == 0) throw CommandError("'" + name + "' already exists");
    return name;
}

void run_startproject(Io& io, std::string name, std::optional<std::string> directory) {
    require_valid_name(name, "project");
    if (name == "home") throw CommandError("'home' is the name of the project's first app. Please try another name.");
    std::string folder = target_folder(name, directory);
    write_files(embedded::project_template, folder,
                {{"project_name", name},
                 {"secret_key", random_key(kSecretKeyLength)},
                 {"nuages_version", std::string(get_version())}});
    if (io.verbosity() < 1) return;
    io.write("Made the project " + io.styled(name, Style::label) + ". To see it:\n");
    if (folder != ".") io.write("    cd " + folder);
    io.write("    nuages runserver\n");
}

void run_startapp(Io& io, std::string name, std::optional<std::string> directory) {
    require_valid_name(name, "app");
    std::string folder = target_folder(name, directory);
    write_files(embedded::app_template, folder, {{"app_name", name}});
    if (io.verbosity() < 1) return;
    io.write("Made the app " + io.styled(name, Style::label) + ". To install it:\n");
    io.write("    CMakeLists.txt   nuages_add_app(" + name + "), and " + name + " among the APPS of the site");
    io.write("    settings.cpp     &" + name + "::app in installed_apps");
    io.write("    urls.cpp         path(\"" + name + "/\", include(" + name + "::urls))\n");
}

}  // namespace

const Command startproject_command{
    .name = "startproject",
    .help = "Creates a project folder with a site that builds and serves a page.",
    .action = run_startproject,
    .arguments = {{"name", "Name of the project: an identifier."},
                  {"directory", "Existing folder to fill; default: a new one with the project's name."}},
    .requires_settings = false,
};

const Command startapp_command{
    .name = "startapp",
    .help = "Creates an app's folder with models, views, addresses and templates.",
    .action = run_startapp,
    .arguments = {{"name", "Name of the app: an identifier."},
                  {"directory", "Existing folder to fill; default: a new one with the app's name."}},
    .requires_settings = false,
};

}  // namespace nuages::management::detail

#include <nuages/site/resources.hpp>

#include <nuages/site/app.hpp>

#include <sys/stat.h>

namespace nuages::site {
namespace {

const conf::Resources* find(std::string_view label) {
    for (const conf::Resources& resources : built_resources())
        if (resources.label == label) return &resources;
    return nullptr;
}

}  // namespace

const conf::Resources* resources_of(const App& app) { return app.resources ? app.resources : find(app.get_label()); }

const conf::Resources* site_resources() { return find({}); }

std::string folder_of(const conf::Resources& resources, std::string_view name) {
    if (resources.directory.empty()) return {};
    std::string folder = std::string(resources.directory) + "/" + std::string(name);
    struct stat status {};
    return ::stat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) ? folder : std::string();
}

}  // namespace nuages::site

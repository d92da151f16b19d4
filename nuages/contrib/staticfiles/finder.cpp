#include <nuages/contrib/staticfiles/finder.hpp>

#include <nuages/http/file_beneath.hpp>
#include <nuages/site/resources.hpp>
#include <nuages/site/site.hpp>

#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

namespace nuages::contrib::staticfiles {
namespace {

namespace fs = std::filesystem;

std::optional<FoundFile> open_in_folder(const std::string& folder, std::string_view path) {
    const auto file = http::open_beneath(folder, path);
    if (!file) return std::nullopt;
    return FoundFile{.path = std::string(path),
                     .disk_path = folder + "/" + std::string(path),
                     .descriptor = file->descriptor,
                     .size = file->size,
                     .modified_microseconds = file->modified_microseconds};
}

FoundFile embedded_file(const conf::EmbeddedFile& file) {
    return {.path = std::string(file.path),
            .embedded = &file,
            .size = file.size,
            .modified_microseconds = file.modified_seconds * 1'000'000};
}

}  // namespace

Finder::Finder(const site::Settings& settings, const site::Registry& registry) {
    for (const std::string& folder : settings.staticfiles_dirs) add_folder(folder);
    auto add = [&](const conf::Resources* resources) {
        if (!resources) return;
        if (auto folder = site::folder_of(*resources, "static"); !folder.empty()) add_folder(folder);
        if (!resources->static_files.empty()) add_table(resources->static_files);
    };
    add(site::site_resources());
    for (const site::App* app : registry.apps()) add(site::resources_of(*app));
}

void Finder::add_folder(std::string folder) {
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    sources_.push_back({std::move(folder), {}});
}

void Finder::add_table(const conf::EmbeddedFiles& table) { sources_.push_back({{}, table}); }

std::optional<FoundFile> Finder::open(std::string_view path) const {
    if (!is_safe_path(path)) return std::nullopt;
    for (const Source& source : sources_) {
        if (source.folder.empty()) {
            if (const conf::EmbeddedFile* file = source.table.find(path)) return embedded_file(*file);
        } else if (auto file = open_in_folder(source.folder, path)) {
            return file;
        }
    }
    return std::nullopt;
}

std::vector<std::string> Finder::find_all(std::string_view path) const {
    std::vector<std::string> found;
    if (!is_safe_path(path)) return found;
    for (const Source& source : sources_) {
        if (source.folder.empty()) {
            if (source.table.find(path)) found.push_back("(embedded) " + std::string(path));
        } else if (auto file = open_in_folder(source.folder, path)) {
            ::close(file->descriptor);
            found.push_back(file->disk_path);
        }
    }
    return found;
}

const conf::EmbeddedFile* Finder::find_embedded(std::string_view path) const {
    for (const Source& source : sources_) {
        if (!source.folder.empty()) {
            struct stat status {};
            if (::stat((source.folder + "/" + std::string(path)).c_str(), &status) == 0) return nullptr;
        } else if (const conf::EmbeddedFile* file = source.table.find(path)) {
            return file;
        }
    }
    return nullptr;
}

void Finder::each(FunctionRef<void(const FoundFile& file)> visit) const {
    for (const Source& source : sources_) {
        for (const conf::EmbeddedFile& file : source.table) visit(embedded_file(file));
        if (source.folder.empty()) continue;
        std::error_code error;
        for (fs::recursive_directory_iterator at(source.folder, error), end; at != end && !error; at.increment(error)) {
            std::string path = at->path().string().substr(source.folder.size() + 1);
            if (!is_safe_path(path)) {
                if (at->is_directory(error)) at.disable_recursion_pending();
                continue;
            }
            auto file = open_in_folder(source.folder, path);
            if (!file) continue;
            ::close(std::exchange(file->descriptor, -1));
            visit(*file);
        }
    }
}

}  // namespace nuages::contrib::staticfiles

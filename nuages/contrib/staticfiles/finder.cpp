#include <nuages/contrib/staticfiles/finder.hpp>

#include <nuages/site/resources.hpp>
#include <nuages/site/site.hpp>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace nuages::contrib::staticfiles {
namespace {

namespace fs = std::filesystem;

/// Whether the real path of FOLDER/PATH stays below the real path of FOLDER: for kernels without openat2.
bool stays_inside(const std::string& folder, const std::string& path) {
    char* root = ::realpath(folder.c_str(), nullptr);
    char* file = ::realpath((folder + "/" + path).c_str(), nullptr);
    std::string prefix = root ? std::string(root) + "/" : "";
    bool inside = root && file && std::string_view(file).starts_with(prefix);
    std::free(root);
    std::free(file);
    return inside;
}

/// Opens FOLDER/PATH for reading; the kernel refuses every way out of FOLDER, symbolic links included.
int open_beneath(const std::string& folder, const std::string& path) {
    constexpr int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    int directory = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return -1;
    open_how how{};
    how.flags = flags;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    long file = ::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
    bool unsupported = file < 0 && (errno == ENOSYS || errno == EPERM);
    if (unsupported && stays_inside(folder, path)) file = ::openat(directory, path.c_str(), flags);
    ::close(directory);
    return static_cast<int>(file);
}

std::optional<FoundFile> open_in_folder(const std::string& folder, std::string_view path) {
    std::string name(path);
    int descriptor = open_beneath(folder, name);
    if (descriptor < 0) return std::nullopt;
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(descriptor);
        return std::nullopt;
    }
    return FoundFile{.path = name,
                     .disk_path = folder + "/" + name,
                     .descriptor = descriptor,
                     .size = static_cast<std::uint64_t>(status.st_size),
                     .modified_microseconds =
                         static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000 + status.st_mtim.tv_nsec / 1000};
}

FoundFile embedded_file(const conf::EmbeddedFile& file) {
    return {.path = std::string(file.path),
            .embedded = &file,
            .size = file.size,
            .modified_microseconds = file.modified_seconds * 1'000'000};
}

bool is_safe_part(std::string_view part) {
    if (part.empty() || (part[0] == '.' && part != ".well-known")) return false;
    for (char c : part)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\') return false;
    return true;
}

}  // namespace

bool is_safe_path(std::string_view path) {
    while (true) {
        std::size_t slash = path.find('/');
        if (!is_safe_part(path.substr(0, slash))) return false;
        if (slash == path.npos) return true;
        path.remove_prefix(slash + 1);
    }
}

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

#include <nuages/management/detail/source_watch.hpp>

#include <algorithm>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nuages::management::detail {

namespace {

constexpr int kDepthMax = 32;  // folders in folders; a link that leads back up ends here

bool is_source(std::string_view name) {
    if (name == "CMakeLists.txt") return true;
    const std::string_view ending = name.substr(std::min(name.rfind('.'), name.size()));
    constexpr std::string_view kEndings[] = {".cpp", ".hpp", ".h", ".cc", ".cxx", ".hh", ".hxx", ".ipp", ".inl", ".c", ".cmake"};
    return std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings);
}

template <class See> void walk(const std::string& folder, int depth, const See& see) {
    if (depth > kDepthMax || ::access((folder + "/CMakeCache.txt").c_str(), F_OK) == 0) return;
    DIR* const open = ::opendir(folder.c_str());
    if (!open) return;
    while (const dirent* entry = ::readdir(open)) {
        const std::string_view name = entry->d_name;
        if (name.starts_with('.') || name == "node_modules") continue;
        const std::string path = folder + "/" + entry->d_name;
        struct stat about {};
        if (::stat(path.c_str(), &about) != 0) continue;
        if (S_ISDIR(about.st_mode))
            walk(path, depth + 1, see);
        else if (is_source(name))
            see(path, about);
    }
    ::closedir(open);
}

}  // namespace

SourceWatch::SourceWatch(std::vector<std::string> folders) : folders_(std::move(folders)), seen_(look()) {}

SourceWatch::Stamps SourceWatch::look() const {
    Stamps stamps;
    for (const std::string& folder : folders_)
        walk(folder, 0, [&](const std::string& path, const struct stat& about) {
            stamps.insert_or_assign(path, Stamp{about.st_mtim.tv_sec * std::int64_t{1'000'000'000} + about.st_mtim.tv_nsec, about.st_size});
        });
    return stamps;
}

std::vector<std::string> SourceWatch::changed() {
    Stamps now = look();
    std::vector<std::string> paths;
    for (const auto& [path, stamp] : now)
        if (const auto before = seen_.find(path); before == seen_.end() || before->second != stamp) paths.push_back(path);
    for (const auto& [path, stamp] : seen_)
        if (!now.contains(path)) paths.push_back(path);
    std::sort(paths.begin(), paths.end());
    seen_ = std::move(now);
    return paths;
}

}  // namespace nuages::management::detail

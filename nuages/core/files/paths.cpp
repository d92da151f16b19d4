#include <nuages/base/error.hpp>
#include <nuages/core/files/paths.hpp>
#include <nuages/utils/regex.hpp>

#include <algorithm>
#include <filesystem>
#include <optional>

namespace nuages::files {

namespace {

namespace fs = std::filesystem;

class Walk {
public:
    Walk(const std::string& root, const FolderOptions& options) : root_(root), options_(options) {
        if (!options.match.empty()) match_.emplace(options.match);
    }

    /// As os.walk(): a folder's files, its folders, then what is inside of those.
    void folders() {
        std::vector<std::string> waiting{root_};
        while (!waiting.empty()) {
            const std::string path = std::move(waiting.back());
            waiting.pop_back();
            std::vector<std::string> files, folders;
            read(path, files, folders);
            if (options_.allow_files) take(path, files);
            if (options_.allow_folders) take(path, folders);
            for (auto name = folders.rbegin(); name != folders.rend(); ++name) {
                std::string inner = join(path, *name);
                if (!fs::is_symlink(inner)) waiting.push_back(std::move(inner));
            }
        }
    }

    /// Without recursion files and folders stand together, by name.
    void flat() {
        std::vector<std::string> files, folders, all;
        read(root_, files, folders);
        if (options_.allow_files) all = files;
        if (options_.allow_folders) all.insert(all.end(), folders.begin(), folders.end());
        std::sort(all.begin(), all.end());
        take(root_, all);
    }

    std::vector<std::pair<std::string, std::string>> found;

private:
    static std::string join(const std::string& path, const std::string& name) {
        return path.ends_with('/') ? path + name : path + "/" + name;
    }

    void read(const std::string& path, std::vector<std::string>& files, std::vector<std::string>& folders) {
        std::error_code error;
        fs::directory_iterator entries(path, error);
        if (error) throw Error("The folder " + path + " cannot be read: " + error.message());
        for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
            if (++seen_ > kEntriesMax)
                throw Error("The folder " + root_ + " has more than " + std::to_string(kEntriesMax) + " entries.");
            std::error_code ignored;  // a link to nowhere is neither
            const std::string name = entries->path().filename().string();
            if (entries->is_directory(ignored))
                folders.push_back(name);
            else if (entries->is_regular_file(ignored) || (options_.recursive && entries->is_symlink(ignored)))
                files.push_back(name);
        }
        if (error) throw Error("The folder " + path + " cannot be read to its end: " + error.message());
        std::sort(files.begin(), files.end());
        std::sort(folders.begin(), folders.end());
    }

    void take(const std::string& path, const std::vector<std::string>& names) {
        for (const std::string& name : names) {
            if (match_ && !match_->search(name)) continue;
            std::string whole = join(path, name);
            std::string shown = options_.recursive ? whole.substr(root_.size()) : name;
            found.emplace_back(std::move(whole), std::move(shown));
        }
    }

    const std::string& root_;
    const FolderOptions& options_;
    std::optional<utils::Regex> match_;
    std::size_t seen_ = 0;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> path_choices(const std::string& path, const FolderOptions& options) {
    Walk walk(path, options);
    if (options.recursive)
        walk.folders();
    else
        walk.flat();
    return std::move(walk.found);
}

}  // namespace nuages::files

#include <nuages/contrib/staticfiles/detail/commands.hpp>
#include <nuages/site/site.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <vector>

#include <sys/stat.h>

namespace nuages::contrib::staticfiles::detail {
namespace {

namespace fs = std::filesystem;

struct CollectOptions {
    bool dry_run = false;
    bool clear = false;
};

/// A file that has the size of its source and is not older needs no copy.
bool is_current(const std::string& target, const FoundFile& file) {
    struct stat status {};
    if (::stat(target.c_str(), &status) != 0) return false;
    std::int64_t modified =
        static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000 + status.st_mtim.tv_nsec / 1000;
    return static_cast<std::uint64_t>(status.st_size) == file.size && modified >= file.modified_microseconds;
}

/// Writes beside the target first: whoever serves the folder sees the old file or the new one.
void copy(const FoundFile& file, const std::string& target) {
    fs::create_directories(fs::path(target).parent_path());
    std::string part = target + ".part";
    if (file.embedded) {
        std::ofstream out(part, std::ios::binary);
        out.write(file.embedded->data, static_cast<std::streamsize>(file.embedded->size));
        out.close();
        if (!out) throw management::CommandError("'" + part + "': " + std::strerror(errno));
    } else {
        fs::copy_file(file.disk_path, part, fs::copy_options::overwrite_existing);
    }
    fs::rename(part, target);
}

void run_collectstatic(Io& io, CollectOptions options) {
    const std::string root = site::current().settings().static_root;
    if (root.empty())
        throw management::CommandError(
            "You're using the staticfiles app without having set the STATIC_ROOT setting to a filesystem path.");
    if (options.clear && !options.dry_run) fs::remove_all(root);
    std::set<std::string> seen;
    std::size_t copied = 0, unmodified = 0;
    Finder finder(site::current().settings(), site::current().registry());
    finder.each([&](const FoundFile& file) {
        if (!seen.insert(file.path).second) return;
        std::string target = root + "/" + file.path;
        if (is_current(target, file)) {
            ++unmodified;
            return;
        }
        if (io.verbosity() >= 2) io.write((options.dry_run ? "Pretending to copy '" : "Copying '") + file.path + "'");
        if (!options.dry_run) copy(file, target);
        ++copied;
    });
    if (io.verbosity() < 1) return;
    io.write(std::to_string(copied) + (copied == 1 ? " static file" : " static files") +
             (options.dry_run ? " would be" : "") + " copied to '" + root + "'" +
             (unmodified ? ", " + std::to_string(unmodified) + " unmodified" : "") + ".");
}

struct FindOptions {
    bool first = false;
};

void run_findstatic(Io& io, std::string path, FindOptions options) {
    const Finder* finder = current_finder();
    auto found = finder ? finder->find_all(path) : std::vector<std::string>();
    if (found.empty()) throw management::CommandError("No matching file found for '" + path + "'.");
    if (options.first) found.resize(1);
    io.write("Found '" + path + "' here:");
    for (const std::string& place : found) io.write("  " + place);
}

}  // namespace

const management::Command collectstatic_command{
    .name = "collectstatic",
    .help = "Collect static files in a single location.",
    .action = run_collectstatic,
    .arguments = {{"-n/--dry-run", "Says what would be copied, and copies nothing."},
                  {"-c/--clear", "Empties STATIC_ROOT first."}},
};

const management::Command findstatic_command{
    .name = "findstatic",
    .help = "Finds the absolute paths for the given static file.",
    .action = run_findstatic,
    .arguments = {{"path", "Path below the static root: css/site.css"},
                  {"--first", "Shows only the one that is served."}},
};

}  // namespace nuages::contrib::staticfiles::detail

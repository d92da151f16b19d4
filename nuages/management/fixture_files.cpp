#include <nuages/management/command.hpp>
#include <nuages/management/detail/fixture_files.hpp>
#include <nuages/site/site.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

namespace nuages::management::detail {

namespace {

using serializers::Format;

constexpr std::size_t kFixtureMax = std::size_t{1} << 31;
constexpr std::string_view kOtherCompressions[] = {".zip", ".bz2", ".xz", ".lzma"};

bool is_file(const std::string& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}

std::string_view without_compression(std::string_view path) {
    return path.ends_with(".gz") ? path.substr(0, path.size() - 3) : path;
}

void refuse_compression(std::string_view path) {
    for (const std::string_view ending : kOtherCompressions) {
        if (path.ends_with(ending))
            throw CommandError(std::string(path) + ": of compressed fixtures only those in gzip (.gz) are known.");
    }
}

// The names that a label may stand for: with a format and with a compression where it has none.
std::vector<std::string> names_of(const std::string& label) {
    const std::string_view plain = without_compression(label);
    const bool compressed = plain.size() != label.size();
    const bool has_format = plain.ends_with(".json") || plain.ends_with(".jsonl");
    std::vector<std::string> names;
    for (const char* format : {".json", ".jsonl"}) {
        const std::string name = has_format ? std::string(plain) : std::string(plain) + format;
        if (!compressed) names.push_back(name);
        names.push_back(name + ".gz");
        if (has_format) break;
    }
    return names;
}

std::vector<std::string> folders_of(const site::Site& site, const std::string& label, const std::string& app) {
    if (label.starts_with('/')) return {""};
    std::vector<std::string> folders;
    for (const site::App* one : site.registry().apps()) {
        if (!app.empty() && one->get_label() != app) continue;
        std::string folder = one->name;
        std::replace(folder.begin(), folder.end(), '.', '/');
        folders.push_back(folder + "/fixtures/");
    }
    if (!app.empty()) return folders;
    const std::vector<std::string>& dirs = site.settings().fixture_dirs;
    for (std::size_t i = 0; i < dirs.size(); ++i) {
        if (std::find(dirs.begin(), dirs.begin() + static_cast<std::ptrdiff_t>(i), dirs[i]) !=
            dirs.begin() + static_cast<std::ptrdiff_t>(i))
            throw ImproperlyConfigured("settings.FIXTURE_DIRS contains duplicates.");
        folders.push_back(dirs[i].ends_with('/') ? dirs[i] : dirs[i] + "/");
    }
    folders.emplace_back();
    return folders;
}

}  // namespace

Format format_of(std::string_view name) {
    if (name == "json") return Format::json;
    if (name == "jsonl") return Format::jsonl;
    throw CommandError("Unknown serialization format: " + std::string(name));
}

Format format_of_path(std::string_view path) {
    return without_compression(path).ends_with(".jsonl") ? Format::jsonl : Format::json;
}

std::vector<std::string> find_fixtures(const site::Site& site, const std::string& label, const std::string& app) {
    refuse_compression(label);
    for (const char* format : {".xml", ".yaml", ".yml"}) {
        if (label.ends_with(format))
            throw CommandError("Problem installing fixture '" + label + "': " + (format + 1) +
                               " is not a known serialization format.");
    }
    const std::vector<std::string> names = names_of(label);
    std::vector<std::string> found;
    for (const std::string& folder : folders_of(site, label, app)) {
        std::vector<std::string> here;
        for (const std::string& name : names)
            if (is_file(folder + name)) here.push_back(folder + name);
        if (here.size() > 1)
            throw CommandError("Multiple fixtures named '" + label + "' in '" + (folder.empty() ? "." : folder) +
                               "'. Aborting.");
        found.insert(found.end(), here.begin(), here.end());
    }
    if (found.empty()) throw CommandError("No fixture named '" + label + "' found.");
    return found;
}

std::string read_standard_input() {
    std::string text;
    char buffer[1 << 16];
    for (;;) {
        const ssize_t got = ::read(0, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw CommandError(std::string("Cannot read standard input: ") + std::strerror(errno));
        if (got == 0) return text;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > kFixtureMax) throw CommandError("standard input is longer than 2 GiB");
    }
}

std::string read_fixture(const std::string& path) {
    gzFile file = gzopen(path.c_str(), "rb");
    if (!file) throw CommandError("Cannot read " + path + ": " + std::strerror(errno));
    struct Close {
        gzFile file;
        ~Close() { gzclose(file); }
    } close{file};
    const bool compressed = path.ends_with(".gz");
    std::string text;
    char buffer[1 << 16];
    for (;;) {
        const int got = gzread(file, buffer, sizeof buffer);
        if (got < 0) {
            int code = Z_OK;
            const char* reason = gzerror(file, &code);
            throw CommandError("Cannot read " + path + ": " + (code == Z_ERRNO ? std::strerror(errno) : reason));
        }
        if (got == 0) break;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > kFixtureMax) throw CommandError(path + " is larger than 2 GiB");
    }
    int code = Z_OK;
    gzerror(file, &code);
    if (code == Z_BUF_ERROR) throw CommandError("Cannot read " + path + ": it is cut short");
    if (compressed && gzdirect(file) && !text.empty()) throw CommandError("Cannot read " + path + ": it is not in gzip");
    return text;
}

OutputFile::OutputFile(std::string path) : path_(std::move(path)), part_(path_ + ".part") {
    refuse_compression(path_);
    file_ = gzopen(part_.c_str(), path_.ends_with(".gz") ? "wb" : "wbT");
    if (!file_) fail();
}

OutputFile::~OutputFile() {
    if (!file_) return;
    gzclose(static_cast<gzFile>(file_));
    std::remove(part_.c_str());
}

void OutputFile::write(std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = std::min(text.size(), std::size_t{1} << 24);
        if (gzwrite(static_cast<gzFile>(file_), text.data(), static_cast<unsigned>(size)) <= 0) fail();
        text.remove_prefix(size);
    }
}

void OutputFile::finish() {
    const auto file = static_cast<gzFile>(std::exchange(file_, nullptr));
    if (gzclose(file) != Z_OK || std::rename(part_.c_str(), path_.c_str()) != 0) {
        const int error = errno;
        std::remove(part_.c_str());
        errno = error;
        fail();
    }
}

void OutputFile::fail() const { throw CommandError("Cannot write " + path_ + ": " + std::strerror(errno)); }

}  // namespace nuages::management::detail

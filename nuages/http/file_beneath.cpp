#include <nuages/http/file_beneath.hpp>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>

namespace nuages::http {
namespace {

/// Whether the real path of FOLDER/PATH stays below the real path of FOLDER: for kernels without openat2.
bool stays_inside(const std::string& folder, const std::string& path) {
    char* root = ::realpath(folder.c_str(), nullptr);
    char* file = ::realpath((folder + "/" + path).c_str(), nullptr);
    const std::string prefix = root ? std::string(root) + "/" : "";
    const bool inside = root && file && std::string_view(file).starts_with(prefix);
    std::free(root);
    std::free(file);
    return inside;
}

constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

int open_resolving(int directory, const std::string& path, std::uint64_t resolve) {
    open_how how{};
    how.flags = kOpenFlags;
    how.resolve = resolve;
    return static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how));
}

// PATH is safe: where nothing on the way is a symbolic link, it cannot lead out of FOLDER. Most have none, and are
// opened by one call; with a link, FOLDER is entered first, so that the links behind it can be held to it.
int descriptor_beneath(const std::string& folder, const std::string& path) {
    const int straight = open_resolving(AT_FDCWD, folder + "/" + path, RESOLVE_NO_SYMLINKS);
    if (straight >= 0 || errno == ENOENT) return straight;
    const int directory = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return -1;
    int file = open_resolving(directory, path, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
    const bool unsupported = file < 0 && (errno == ENOSYS || errno == EPERM);
    if (unsupported && stays_inside(folder, path)) file = ::openat(directory, path.c_str(), kOpenFlags);
    ::close(directory);
    return file;
}

bool is_safe_part(std::string_view part) {
    if (part.empty() || (part[0] == '.' && part != ".well-known")) return false;
    for (const char c : part)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\') return false;
    return true;
}

}  // namespace

bool is_safe_path(std::string_view path) {
    while (true) {
        const std::size_t slash = path.find('/');
        if (!is_safe_part(path.substr(0, slash))) return false;
        if (slash == path.npos) return true;
        path.remove_prefix(slash + 1);
    }
}

std::string file_etag(std::int64_t modified_microseconds, std::uint64_t size) {
    char digits[40];
    char* at = std::to_chars(digits, digits + 20, modified_microseconds, 16).ptr;
    *at++ = '-';
    at = std::to_chars(at, digits + sizeof digits, size, 16).ptr;
    return "\"" + std::string(digits, at) + "\"";
}

std::optional<OpenFile> open_beneath(const std::string& folder, std::string_view path) {
    if (folder.empty() || !is_safe_path(path)) return std::nullopt;
    const int descriptor = descriptor_beneath(folder, std::string(path));
    if (descriptor < 0) return std::nullopt;
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(descriptor);
        return std::nullopt;
    }
    return OpenFile{descriptor, static_cast<std::uint64_t>(status.st_size),
                    static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000 + status.st_mtim.tv_nsec / 1000};
}

}  // namespace nuages::http

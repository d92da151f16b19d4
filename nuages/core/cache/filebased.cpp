#include <nuages/core/cache/filebased.hpp>

#include <nuages/async/blocking.hpp>
#include <nuages/core/cache/detail/number.hpp>
#include <nuages/utils/crypto.hpp>
#include <nuages/utils/datetime.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <random>

namespace nuages::core::cache {

// "nuages1 <expires or -> <bytes of key>\n<key><value>"
struct FileBasedCache::Entry {
    std::optional<DateTime> expires;
    std::string value;
};

namespace {

constexpr std::string_view kMagic = "nuages1 ";
constexpr std::string_view kEnding = ".djcache";

[[noreturn]] void fail(const std::string& what, const std::string& path) {
    throw Error("The cache cannot " + what + " '" + path + "': " + std::strerror(errno));
}

struct Descriptor {
    int number;
    ~Descriptor() {
        if (number >= 0) ::close(number);
    }
};

std::optional<std::string> content_of(const std::string& path) {
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (file.number < 0) return std::nullopt;
    std::string text;
    char piece[16 * 1024];
    for (ssize_t got; (got = ::read(file.number, piece, sizeof piece)) != 0;) {
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        text.append(piece, static_cast<std::size_t>(got));
    }
    return text;
}

void write_all(int descriptor, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(descriptor, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) fail("write", path);
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
}

std::optional<DateTime> end_of(std::optional<Duration> lifetime) {
    if (!lifetime) return std::nullopt;
    return timezone::now() + *lifetime;
}

}  // namespace

/// Held by whoever reads an entry and writes it again: between threads and between processes.
class FileBasedCache::FolderLock {
public:
    explicit FolderLock(const FileBasedCache& cache) : file_{-1} {
        cache.make_folder();
        const std::string path = cache.folder_ + "/.lock";
        file_.number = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file_.number < 0) fail("open", path);
        while (::flock(file_.number, LOCK_EX) != 0)
            if (errno != EINTR) fail("lock", path);
    }

private:
    Descriptor file_;  // closing it lets go
};

FileBasedCache::FileBasedCache(CacheOptions options) : Cache(std::move(options)), folder_(this->options().location) {
    if (folder_.empty()) throw ImproperlyConfigured("a cache of files needs its folder as .location");
    while (folder_.size() > 1 && folder_.back() == '/') folder_.pop_back();
}

Ref<Cache> filebased(CacheOptions options) { return make_ref<FileBasedCache>(std::move(options)); }

std::string FileBasedCache::path_of(const std::string& key) const {
    return folder_ + "/" + utils::md5_hex(key) + std::string(kEnding);
}

std::optional<FileBasedCache::Entry> FileBasedCache::read(const std::string& key) const {
    const std::string path = path_of(key);
    const auto text = content_of(path);
    if (!text || !text->starts_with(kMagic)) return std::nullopt;
    Entry entry;
    const char* at = text->data() + kMagic.size();
    const char* const end = text->data() + text->size();
    std::int64_t expires = 0;
    if (at < end && *at == '-') {
        ++at;
    } else {
        at = std::from_chars(at, end, expires).ptr;
        entry.expires = DateTime{expires};
    }
    std::size_t size = 0;
    if (at < end && *at == ' ') at = std::from_chars(at + 1, end, size).ptr;
    if (at >= end || *at != '\n' || static_cast<std::size_t>(end - at - 1) < size) return std::nullopt;
    if (std::string_view(at + 1, size) != key) return std::nullopt;
    if (entry.expires && *entry.expires <= timezone::now()) {
        ::unlink(path.c_str());
        return std::nullopt;
    }
    entry.value.assign(at + 1 + size, end);
    return entry;
}

void FileBasedCache::write(const std::string& key, const Entry& entry) const {
    make_folder();
    cull();
    std::string text(kMagic);
    text.append(entry.expires ? std::to_string(entry.expires->microseconds) : "-").append(" ");
    text.append(std::to_string(key.size())).append("\n").append(key).append(entry.value);
    std::string path = folder_ + "/new-XXXXXX";
    const Descriptor file{::mkostemp(path.data(), O_CLOEXEC)};  // 0600, whatever the umask
    if (file.number < 0) fail("make a file in", folder_);
    try {
        write_all(file.number, text, path);
        if (std::rename(path.c_str(), path_of(key).c_str()) != 0) fail("put in place", path);
    } catch (...) {
        ::unlink(path.c_str());
        throw;
    }
}

void FileBasedCache::make_folder() const {
    for (std::size_t slash = folder_.find('/', 1);; slash = folder_.find('/', slash + 1)) {
        const std::string part = folder_.substr(0, slash);
        if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST && slash == folder_.npos) fail("make the folder", part);
        if (slash == folder_.npos) return;
    }
}

std::vector<std::string> FileBasedCache::files() const {
    std::vector<std::string> paths;
    DIR* const folder = ::opendir(folder_.c_str());
    if (!folder) return paths;
    while (const dirent* entry = ::readdir(folder))
        if (std::string_view(entry->d_name).ends_with(kEnding)) paths.push_back(folder_ + "/" + entry->d_name);
    ::closedir(folder);
    return paths;
}

void FileBasedCache::cull() const {
    std::vector<std::string> paths = files();
    if (paths.size() < options().max_entries) return;
    const std::size_t frequency = options().cull_frequency;
    std::shuffle(paths.begin(), paths.end(), std::minstd_rand(std::random_device{}()));
    if (frequency > 0) paths.resize(std::max<std::size_t>(paths.size() / frequency, 1));
    for (const std::string& path : paths) ::unlink(path.c_str());
}

std::optional<std::string> FileBasedCache::do_get(const std::string& key) {
    return async::run_blocking([&]() -> std::optional<std::string> {
        auto entry = read(key);
        if (!entry) return std::nullopt;
        return std::move(entry->value);
    });
}

void FileBasedCache::do_set(const std::string& key, std::string_view value, std::optional<Duration> lifetime) {
    async::run_blocking([&] { write(key, {end_of(lifetime), std::string(value)}); });
}

bool FileBasedCache::do_add(const std::string& key, std::string_view value, std::optional<Duration> lifetime) {
    return async::run_blocking([&] {
        const FolderLock lock(*this);
        if (read(key)) return false;
        write(key, {end_of(lifetime), std::string(value)});
        return true;
    });
}

bool FileBasedCache::do_touch(const std::string& key, std::optional<Duration> lifetime) {
    return async::run_blocking([&] {
        const FolderLock lock(*this);
        auto entry = read(key);
        if (!entry) return false;
        entry->expires = end_of(lifetime);
        write(key, *entry);
        return true;
    });
}

bool FileBasedCache::do_delete(const std::string& key) {
    return async::run_blocking([&] { return read(key) && ::unlink(path_of(key).c_str()) == 0; });
}

std::optional<std::int64_t> FileBasedCache::do_incr(const std::string& key, std::int64_t delta) {
    return async::run_blocking([&]() -> std::optional<std::int64_t> {
        const FolderLock lock(*this);
        auto entry = read(key);
        if (!entry) return std::nullopt;
        const std::int64_t number = detail::increased(entry->value, delta, key);
        entry->value = std::to_string(number);
        write(key, *entry);
        return number;
    });
}

void FileBasedCache::do_clear() {
    async::run_blocking([&] {
        for (const std::string& path : files()) ::unlink(path.c_str());
    });
}

}  // namespace nuages::core::cache

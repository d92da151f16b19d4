#include <nuages/http/temporary_file.hpp>

#include <nuages/base/error.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace nuages::http {
namespace {

constexpr std::string_view kEnding = ".upload";

std::string folder_or_default(const std::string& folder) {
    if (!folder.empty()) return folder;
    const char* named = std::getenv("TMPDIR");
    return named && *named ? named : "/tmp";
}

}  // namespace

TemporaryFile::TemporaryFile(const std::string& folder, Kind kind) {
    const std::string where = folder_or_default(folder);
    if (kind == Kind::anonymous) descriptor_ = ::open(where.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor_ < 0) {  // some file systems know no O_TMPFILE
        path_ = where + "/nuages-XXXXXX" + std::string(kEnding);
        descriptor_ = ::mkostemps(path_.data(), static_cast<int>(kEnding.size()), O_CLOEXEC);
        if (descriptor_ < 0)
            throw Error("Cannot make a temporary file in " + where + ": " + std::strerror(errno) + ".");
        if (kind == Kind::anonymous) {
            ::unlink(path_.c_str());
            path_.clear();
        }
    }
}

TemporaryFile::~TemporaryFile() {
    ::close(descriptor_);
    if (!path_.empty()) ::unlink(path_.c_str());
}

void TemporaryFile::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) throw Error(std::string("Cannot write to a temporary file: ") + std::strerror(errno) + ".");
        size_ += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::size_t TemporaryFile::read_at(std::uint64_t offset, char* data, std::size_t size) const {
    for (;;) {
        const ssize_t got = ::pread(descriptor_, data, size, static_cast<off_t>(offset));
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) throw Error(std::string("Cannot read a temporary file: ") + std::strerror(errno) + ".");
    }
}

}  // namespace nuages::http

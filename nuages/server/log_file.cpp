#include <nuages/server/log_file.hpp>

#include <nuages/base/error.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace nuages::server {

LogFile::LogFile(std::string path, int otherwise) : path_(std::move(path)), descriptor_(otherwise) {
    if (is_own()) descriptor_ = open();
}

LogFile::~LogFile() {
    if (is_own()) ::close(descriptor_);
}

int LogFile::open() const {
    const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor < 0) throw Error("Cannot open the log file " + path_ + ": " + std::strerror(errno) + ".");
    return descriptor;
}

void LogFile::write(std::string_view text) noexcept {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor_, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

void LogFile::reopen() {
    if (!is_own()) return;
    const int fresh = open();
    // Under the same number: a thread that writes now writes to the one or the other.
    ::dup3(fresh, descriptor_, O_CLOEXEC);
    ::close(fresh);
}

}  // namespace nuages::server

#include <nuages/server/detail/pid_file.hpp>

#include <nuages/base/error.hpp>
#include <nuages/server/detail/sockets.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace nuages::server::detail {

namespace {

// 0 when there is no such file, or no number in it.
pid_t process_in(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char text[32] = "";
    if (!file || ::read(file.get(), text, sizeof text - 1) <= 0) return 0;
    return static_cast<pid_t>(std::atol(text));
}

void write_to(const std::string& path) {
    // Renamed into its place: nobody reads half of it.
    const std::string fresh = path + ".new";
    const std::string text = std::to_string(::getpid()) + "\n";
    const Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        std::rename(fresh.c_str(), path.c_str()) != 0)
        throw Error("Cannot write the pid file " + path + ": " + std::strerror(errno) + ".");
}

}  // namespace

void PidFile::set(const std::string& path, bool is_second) {
    if (path == path_) return;
    const std::string name = is_second && !path.empty() ? path + ".2" : path;
    if (!name.empty()) {
        const pid_t other = process_in(name);
        if (other > 0 && other != ::getpid() && (::kill(other, 0) == 0 || errno == EPERM))
            throw Error("Already running on PID " + std::to_string(other) + " (the pid file " + name +
                        " says so; remove it if that is another program).");
        write_to(name);
    }
    remove();
    path_ = path;
    written_ = name;
}

void PidFile::promote() {
    if (written_.empty() || written_ == path_) return;
    if (std::rename(written_.c_str(), path_.c_str()) == 0) written_ = path_;
}

void PidFile::remove() noexcept {
    if (!written_.empty() && process_in(written_) == ::getpid()) ::unlink(written_.c_str());
    written_.clear();
    path_.clear();
}

}  // namespace nuages::server::detail

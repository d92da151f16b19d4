// A log file that can be opened anew while threads write to it (after logrotate has renamed it).
#pragma once

#include <string>
#include <string_view>

namespace nuages::server {

class LogFile {
public:
    /// Appends to PATH, which is made if need be. "-" stands for OTHERWISE, a descriptor that stays the process' own
    /// (standard output or error). Throws Error naming the path.
    LogFile(std::string path, int otherwise);
    ~LogFile();
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;

    /// In one call, so that the lines of several processes do not mix. A full disk loses TEXT and nothing else.
    void write(std::string_view text) noexcept;
    /// Opens the path anew; what cannot be opened leaves the former file in use, and throws Error.
    void reopen();
    /// Stays the same when the file is opened anew.
    int descriptor() const noexcept { return descriptor_; }

private:
    bool is_own() const noexcept { return path_ != "-"; }
    int open() const;

    std::string path_;
    int descriptor_;
};

}  // namespace nuages::server

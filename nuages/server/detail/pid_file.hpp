// The file that says which process the master is. During a change of masters the second one writes "<path>.2".
#pragma once

#include <string>

namespace nuages::server::detail {

class PidFile {
public:
    PidFile() = default;
    PidFile(const PidFile&) = delete;
    PidFile& operator=(const PidFile&) = delete;

    /// Writes this process' number to PATH (empty: nowhere) and removes the former file if that was another one. Throws
    /// Error when a process that lives is named there, or the file can't be written.
    void set(const std::string& path, bool is_second);
    /// The second one becomes the first.
    void promote();
    /// Removes it if it still names this process.
    void remove() noexcept;

private:
    std::string path_;
    std::string written_;
};

}  // namespace nuages::server::detail

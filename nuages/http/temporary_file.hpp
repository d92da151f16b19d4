// A file for what does not fit into memory: it goes when its last owner does.
#pragma once

#include <nuages/base/ref.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace nuages::http {

class TemporaryFile final : public RefCounted {
public:
    enum class Kind { named, anonymous };

    /// Makes a file in FOLDER (empty: $TMPDIR, or /tmp) that only this user can read; an anonymous one has no path.
    /// Throws Error naming the folder and the system's reason.
    TemporaryFile(const std::string& folder, Kind kind);
    ~TemporaryFile() override;
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    /// Throws Error when the disk is full.
    void append(std::string_view bytes);
    /// Reads at most SIZE bytes from OFFSET; 0 at the end. Throws Error.
    std::size_t read_at(std::uint64_t offset, char* data, std::size_t size) const;

    std::uint64_t size() const noexcept { return size_; }
    int descriptor() const noexcept { return descriptor_; }
    const std::string& path() const noexcept { return path_; }

private:
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    std::string path_;
};

}  // namespace nuages::http

// Opening files that a client names: nothing but regular files below a folder, whatever the name says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nuages::http {

/// A regular file that is open for reading; whoever got it closes the descriptor.
struct OpenFile {
    int descriptor = -1;
    std::uint64_t size = 0;
    std::int64_t modified_microseconds = 0;  ///< since 1970-01-01 UTC
};

/// Whether PATH may name a file below a folder at all: relative, no empty, "." or ".." part, no part that begins with a dot
/// (but .well-known), no backslash, no control character.
bool is_safe_path(std::string_view path);

/// Opens PATH below FOLDER. Nothing when the path is not safe, there is no regular file, or a symbolic link leads out of
/// the folder: the kernel refuses every way out of it.
std::optional<OpenFile> open_beneath(const std::string& folder, std::string_view path);

/// The ETag of a file by its time and size.
std::string file_etag(std::int64_t modified_microseconds, std::uint64_t size);

}  // namespace nuages::http

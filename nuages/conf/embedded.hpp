// Files that the build put into the program: templates, static files, migrations. One binary to copy and run.
//
// The tables are written by cmake/NuagesSite.cmake, sorted by path and constant-initialized: no start-up code runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nuages::conf {

/// One file; the content lies in the program's read-only pages.
struct EmbeddedFile {
    std::string_view path;  ///< Relative to its root, with '/': "blog/article_list.html".
    const char* data = nullptr;
    std::size_t size = 0;
    std::string_view hash;              ///< SHA-256 of the content, hexadecimal.
    std::int64_t modified_seconds = 0;  ///< Modification time of the source file, seconds since 1970 UTC.

    std::string_view content() const { return {data, size}; }
};

/// A table of files, sorted by path (bytewise).
struct EmbeddedFiles {
    const EmbeddedFile* files = nullptr;
    std::size_t count = 0;

    const EmbeddedFile* begin() const { return files; }
    const EmbeddedFile* end() const { return files + count; }
    bool empty() const { return count == 0; }
    /// The file at PATH, or nullptr.
    const EmbeddedFile* find(std::string_view path) const {
        std::size_t low = 0, high = count;
        while (low < high) {
            std::size_t middle = (low + high) / 2;
            if (files[middle].path < path)
                low = middle + 1;
            else
                high = middle;
        }
        return low < count && files[low].path == path ? files + low : nullptr;
    }
};

/// What one app brings beside its code: embedded files, or the folder they are read from while it is developed.
struct Resources {
    std::string_view label;      ///< App label; empty for the site's own templates/ and static/.
    std::string_view directory;  ///< Absolute folder with templates/, static/ ...; empty when the files are embedded.
    EmbeddedFiles templates = {};
    EmbeddedFiles static_files = {};
    EmbeddedFiles migrations = {};
    EmbeddedFiles locale = {};  ///< "de/LC_MESSAGES/django.po" ...
};

}  // namespace nuages::conf

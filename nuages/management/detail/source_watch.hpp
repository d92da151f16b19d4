// SourceWatch: which C++ sources of a site have changed since the last look, by their times and sizes (Django's
// StatReloader).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::management::detail {

class SourceWatch {
public:
    /// Looks into FOLDERS and what lies below them, but for hidden folders, node_modules and folders of a build.
    explicit SourceWatch(std::vector<std::string> folders);

    /// C++ sources and CMake files that were written, made or removed since the last call, sorted.
    std::vector<std::string> changed();

private:
    struct Stamp {
        std::int64_t modified_ns;
        std::int64_t size;
        bool operator==(const Stamp&) const = default;
    };
    using Stamps = std::map<std::string, Stamp>;
    Stamps look() const;

    std::vector<std::string> folders_;
    Stamps seen_;
};

}  // namespace nuages::management::detail

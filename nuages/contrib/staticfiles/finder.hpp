// Finder: where static files lie. Folders on disk (STATICFILES_DIRS, static/ of site and apps while they are developed)
// and tables that the build embedded, searched in Django's order; the first one that has a path wins.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/conf/embedded.hpp>
#include <nuages/contrib/staticfiles/fwd.hpp>
#include <nuages/http/file_beneath.hpp>
#include <nuages/http/fwd.hpp>
#include <nuages/site/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::contrib::staticfiles {

/// A static file that exists.
struct FoundFile {
    std::string path;                              ///< relative to the static root: "css/site.css"
    const conf::EmbeddedFile* embedded = nullptr;  ///< or, when null, a file on disk:
    std::string disk_path = {};
    int descriptor = -1;  ///< open for reading; owned by whoever got the FoundFile from open()
    std::uint64_t size = 0;
    std::int64_t modified_microseconds = 0;
};

using http::is_safe_path;

/// The sources of static files of one site.
class Finder {
public:
    /// STATICFILES_DIRS, the site's own, then the apps' in order.
    Finder(const site::Settings& settings, const site::Registry& registry);
    Finder() = default;

    void add_folder(std::string folder);
    void add_table(const conf::EmbeddedFiles& table);

    /// Opens PATH. Nothing when it is not safe, is no regular file, or a symbolic link leads out of its folder.
    std::optional<FoundFile> open(std::string_view path) const;
    /// All places that have PATH, the one that wins first: a disk path, or "(embedded)". Does not keep them open.
    std::vector<std::string> find_all(std::string_view path) const;
    /// Calls VISIT for every file of all sources in their order; a path that an earlier source had comes again.
    void each(FunctionRef<void(const FoundFile& file)> visit) const;
    /// The embedded file at PATH of the first source that has PATH; null when that is a folder.
    const conf::EmbeddedFile* find_embedded(std::string_view path) const;

private:
    struct Source {
        std::string folder;  ///< empty: the table
        conf::EmbeddedFiles table;
    };
    std::vector<Source> sources_;
};

}  // namespace nuages::contrib::staticfiles

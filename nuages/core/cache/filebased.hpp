// FileBasedCache: entries as files of one folder, shared by all processes of a machine (django: FileBasedCache).
#pragma once

#include <nuages/core/cache/cache.hpp>

#include <string>

namespace nuages::core::cache {

/// A file is named after the hash of its key and holds when it expires, the key and the value; it is written beside and
/// put in its place at once, so readers see old or new, never half. add, touch and incr hold the folder's lock. The folder
/// is made when it is missing, for this user alone. Calls leave the loop's thread. When max_entries are there, some chosen
/// at random go.
class FileBasedCache final : public Cache {
public:
    /// Throws ImproperlyConfigured without a location.
    explicit FileBasedCache(CacheOptions options);

protected:
    std::optional<std::string> do_get(const std::string& key) override;
    void do_set(const std::string& key, std::string_view value, std::optional<Duration> lifetime) override;
    bool do_add(const std::string& key, std::string_view value, std::optional<Duration> lifetime) override;
    bool do_touch(const std::string& key, std::optional<Duration> lifetime) override;
    bool do_delete(const std::string& key) override;
    std::optional<std::int64_t> do_incr(const std::string& key, std::int64_t delta) override;
    void do_clear() override;

private:
    struct Entry;
    class FolderLock;

    std::string path_of(const std::string& key) const;
    std::optional<Entry> read(const std::string& key) const;
    void write(const std::string& key, const Entry& entry) const;
    void make_folder() const;
    std::vector<std::string> files() const;
    void cull() const;

    std::string folder_;
};

}  // namespace nuages::core::cache

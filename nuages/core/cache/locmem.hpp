// LocMemCache: a cache in the memory of this process, for one process or for development (django: LocMemCache).
#pragma once

#include <nuages/core/cache/cache.hpp>

namespace nuages::core::cache {

/// Entries that were not asked for longest go first when max_entries are there. Shared by all threads.
class LocMemCache final : public Cache {
public:
    explicit LocMemCache(CacheOptions options);
    ~LocMemCache() override;
    LocMemCache(const LocMemCache&) = delete;
    LocMemCache& operator=(const LocMemCache&) = delete;

protected:
    std::optional<std::string> do_get(const std::string& key) override;
    void do_set(const std::string& key, std::string_view value, std::optional<Duration> lifetime) override;
    bool do_add(const std::string& key, std::string_view value, std::optional<Duration> lifetime) override;
    bool do_touch(const std::string& key, std::optional<Duration> lifetime) override;
    bool do_delete(const std::string& key) override;
    std::optional<std::int64_t> do_incr(const std::string& key, std::int64_t delta) override;
    void do_clear() override;

private:
    struct State;
    State* state_;
};

}  // namespace nuages::core::cache

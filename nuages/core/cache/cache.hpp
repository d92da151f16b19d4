// Cache: bytes kept under a key for a while (django.core.cache).
//
//     auto cache = cache::caches("default");
//     cache->set("rates", text, seconds(60));
//     std::string text = cache->get_or_set("rates", [] { return fetch_rates(); }, seconds(60));
#pragma once

#include <nuages/base/duration.hpp>
#include <nuages/base/error.hpp>
#include <nuages/base/function.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/core/cache/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::core::cache {

/// A key that memcached would refuse: over 250 bytes, or with white space or control characters.
NUAGES_DEFINE_ERROR(InvalidCacheKey, Error);
/// CACHES has no entry of that name (django: InvalidCacheBackendError).
NUAGES_DEFINE_ERROR(InvalidCacheBackend, Error);

/// How long an entry lives: the cache's own time, for ever, or a duration (zero and less: not at all).
class Timeout {
public:
    constexpr Timeout() = default;
    constexpr Timeout(Duration lifetime) : kind_(Kind::lifetime), lifetime_(lifetime) {}
    constexpr Timeout(std::nullopt_t) : kind_(Kind::never) {}
    constexpr Timeout(std::optional<Duration> lifetime)
        : kind_(lifetime ? Kind::lifetime : Kind::never), lifetime_(lifetime.value_or(Duration{})) {}

    constexpr bool is_default() const noexcept { return kind_ == Kind::standard; }
    /// Nothing: for ever. Meaningless for the default.
    constexpr std::optional<Duration> lifetime() const noexcept {
        return kind_ == Kind::lifetime ? std::optional(lifetime_) : std::nullopt;
    }

private:
    enum class Kind : std::uint8_t { standard, never, lifetime } kind_ = Kind::standard;
    Duration lifetime_{};
};

/// An entry of CACHES.
struct CacheOptions {
    std::optional<Duration> timeout = seconds(300);  ///< nothing: entries do not expire
    std::string key_prefix{};
    int version = 1;
    std::size_t max_entries = 300;   ///< of caches that hold their entries themselves
    std::size_t cull_frequency = 3;  ///< one of so many entries goes when it is full; 0: all of them
};

class Cache : public RefCounted {
public:
    explicit Cache(CacheOptions options) : options_(std::move(options)) {}

    /// The value of KEY, or nothing. VERSION 0 stands for the cache's own.
    std::optional<std::string> get(std::string_view key, int version = 0);
    void set(std::string_view key, std::string_view value, Timeout timeout = {}, int version = 0);
    /// Sets KEY unless it is there; false when it is.
    bool add(std::string_view key, std::string_view value, Timeout timeout = {}, int version = 0);
    /// Gives KEY a new lifetime; false when it is not there.
    bool touch(std::string_view key, Timeout timeout = {}, int version = 0);
    /// True when there was something to delete.
    bool delete_(std::string_view key, int version = 0);
    bool has_key(std::string_view key, int version = 0) { return get(key, version).has_value(); }
    /// The value of KEY, made and kept when it is not there.
    std::string get_or_set(std::string_view key, FunctionRef<std::string()> make, Timeout timeout = {},
                           int version = 0);
    /// The number under KEY and DELTA, in place; throws Error when there is none.
    std::int64_t incr(std::string_view key, std::int64_t delta = 1, int version = 0);
    std::int64_t decr(std::string_view key, std::int64_t delta = 1, int version = 0) {
        return incr(key, -delta, version);
    }
    /// The entries that are there.
    std::vector<std::pair<std::string, std::string>> get_many(const std::vector<std::string>& keys, int version = 0);
    void set_many(const std::vector<std::pair<std::string, std::string>>& entries, Timeout timeout = {},
                  int version = 0);
    void delete_many(const std::vector<std::string>& keys, int version = 0);
    /// Everything goes, whatever its prefix.
    void clear() { do_clear(); }

    const CacheOptions& options() const noexcept { return options_; }
    /// "prefix:version:key" (django: default_key_func); throws InvalidCacheKey.
    std::string make_key(std::string_view key, int version = 0) const;

protected:
    // Keys are made keys. A lifetime is above zero, or nothing for ever.
    virtual std::optional<std::string> do_get(const std::string& key) = 0;
    virtual void do_set(const std::string& key, std::string_view value, std::optional<Duration> lifetime) = 0;
    virtual bool do_add(const std::string& key, std::string_view value, std::optional<Duration> lifetime) = 0;
    virtual bool do_touch(const std::string& key, std::optional<Duration> lifetime) = 0;
    virtual bool do_delete(const std::string& key) = 0;
    /// Nothing when the key is not there; throws Error when its value is no number.
    virtual std::optional<std::int64_t> do_incr(const std::string& key, std::int64_t delta) = 0;
    virtual void do_clear() = 0;

private:
    std::optional<Duration> lifetime_of(Timeout timeout) const {
        return timeout.is_default() ? options_.timeout : timeout.lifetime();
    }

    CacheOptions options_;
};

/// The caches of a site by alias (CACHES), set once at start-up.
void set_caches(std::vector<std::pair<std::string, Ref<Cache>>> caches);
/// Throws InvalidCacheBackend ("The connection 'x' doesn't exist."). Before set_caches there is a "default" in memory.
Ref<Cache> caches(std::string_view alias = "default");
/// Null when there is none of that name.
Ref<Cache> find_cache(std::string_view alias) noexcept;

/// The key of a {% cache %} fragment (django.core.cache.utils): delete it, and the fragment is made anew.
std::string make_template_fragment_key(std::string_view name, const std::vector<std::string>& vary_on = {});

}  // namespace nuages::core::cache

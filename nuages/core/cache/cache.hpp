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

struct CacheOptions;
/// Makes a cache of its entry in CACHES: locmem, filebased, dummy, db::database_cache, or a function of the site's own.
using CacheBackend = Ref<Cache> (*)(CacheOptions options);
/// Makes the key that a backend sees: KEY_FUNCTION.
using KeyFunction = std::string (*)(std::string_view key, std::string_view key_prefix, int version);

/// The backends of this folder.
Ref<Cache> locmem(CacheOptions options);     ///< in the memory of this process
Ref<Cache> filebased(CacheOptions options);  ///< files in the folder `location`, for all processes of a machine
Ref<Cache> dummy(CacheOptions options);      ///< keeps nothing: for development

/// "prefix:version:key": what KEY_FUNCTION is unless the site has its own.
std::string default_key_func(std::string_view key, std::string_view key_prefix, int version);

/// An entry of CACHES.
struct CacheOptions {
    CacheBackend backend = locmem;
    std::string location{};  ///< of files: their folder; of a database: the table, "alias:table" on another database
    std::optional<Duration> timeout = seconds(300);  ///< nothing: entries do not expire
    std::string key_prefix{};
    int version = 1;
    std::size_t max_entries = 300;   ///< of caches that hold their entries themselves
    std::size_t cull_frequency = 3;  ///< one of so many entries goes when it is full; 0: all of them
    KeyFunction key_function = default_key_func;
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
    /// Moves KEY to the version DELTA above and returns that; throws Error when it is not there.
    int incr_version(std::string_view key, int delta = 1, int version = 0);
    int decr_version(std::string_view key, int delta = 1, int version = 0) { return incr_version(key, -delta, version); }
    /// The entries that are there.
    std::vector<std::pair<std::string, std::string>> get_many(const std::vector<std::string>& keys, int version = 0);
    void set_many(const std::vector<std::pair<std::string, std::string>>& entries, Timeout timeout = {},
                  int version = 0);
    void delete_many(const std::vector<std::string>& keys, int version = 0);
    /// Everything goes, whatever its prefix.
    void clear() { do_clear(); }
    /// Lets go of connections; a later call opens them anew.
    virtual void close() {}

    const CacheOptions& options() const noexcept { return options_; }
    /// The key that the backend sees, made by key_function; throws InvalidCacheKey.
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

/// The caches that CACHES describes. "default" is in memory unless it is named. Throws ImproperlyConfigured, naming the
/// alias that is wrong.
std::vector<std::pair<std::string, Ref<Cache>>> make_caches(const std::vector<std::pair<std::string, CacheOptions>>& entries);
/// The caches of a site by alias (CACHES), set once at start-up. None: a "default" in memory.
void set_caches(std::vector<std::pair<std::string, Ref<Cache>>> caches);
/// Throws InvalidCacheBackend ("The connection 'x' doesn't exist."). Before set_caches there is a "default" in memory.
Ref<Cache> caches(std::string_view alias = "default");
/// Null when there is none of that name.
Ref<Cache> find_cache(std::string_view alias) noexcept;

/// The key of a {% cache %} fragment (django.core.cache.utils): delete it, and the fragment is made anew.
std::string make_template_fragment_key(std::string_view name, const std::vector<std::string>& vary_on = {});

}  // namespace nuages::core::cache

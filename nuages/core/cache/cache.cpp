#include <nuages/core/cache/cache.hpp>

#include <nuages/core/cache/locmem.hpp>
#include <nuages/utils/crypto.hpp>

#include <mutex>
#include <shared_mutex>

namespace nuages::core::cache {

namespace {

constexpr std::size_t kKeyBytesMax = 250;

bool is_gone(std::optional<Duration> lifetime) { return lifetime && lifetime->microseconds <= 0; }

struct Caches {
    std::shared_mutex mutex;
    std::vector<std::pair<std::string, Ref<Cache>>> all{{"default", make_ref<LocMemCache>(CacheOptions{})}};
};

Caches& site_caches() {
    static auto* const caches = new Caches;  // reachable to the end: destructors may still ask
    return *caches;
}

}  // namespace

std::string Cache::make_key(std::string_view key, int version) const {
    std::string made = options_.key_prefix + ":" + std::to_string(version == 0 ? options_.version : version) + ":";
    made += key;
    if (made.size() > kKeyBytesMax) {
        throw InvalidCacheKey("Cache key is longer than 250 bytes: '" + made.substr(0, 60) + "...'");
    }
    for (char c : made) {
        if (static_cast<unsigned char>(c) > 0x20 && c != 0x7f) continue;
        throw InvalidCacheKey("Cache key contains white space or control characters: '" + made + "'");
    }
    return made;
}

std::optional<std::string> Cache::get(std::string_view key, int version) { return do_get(make_key(key, version)); }

void Cache::set(std::string_view key, std::string_view value, Timeout timeout, int version) {
    const std::string made = make_key(key, version);
    const auto lifetime = lifetime_of(timeout);
    if (is_gone(lifetime)) {
        do_delete(made);
    } else {
        do_set(made, value, lifetime);
    }
}

bool Cache::add(std::string_view key, std::string_view value, Timeout timeout, int version) {
    const std::string made = make_key(key, version);
    const auto lifetime = lifetime_of(timeout);
    if (is_gone(lifetime)) return !do_get(made);
    return do_add(made, value, lifetime);
}

bool Cache::touch(std::string_view key, Timeout timeout, int version) {
    const std::string made = make_key(key, version);
    const auto lifetime = lifetime_of(timeout);
    return is_gone(lifetime) ? do_delete(made) : do_touch(made, lifetime);
}

bool Cache::delete_(std::string_view key, int version) { return do_delete(make_key(key, version)); }

std::string Cache::get_or_set(std::string_view key, FunctionRef<std::string()> make, Timeout timeout, int version) {
    if (auto known = get(key, version)) return *std::move(known);
    std::string made = make();
    // Whoever came first while it was made is right: all callers see one value.
    if (!add(key, made, timeout, version)) {
        if (auto known = get(key, version)) return *std::move(known);
    }
    return made;
}

std::int64_t Cache::incr(std::string_view key, std::int64_t delta, int version) {
    if (const auto number = do_incr(make_key(key, version), delta)) return *number;
    throw Error("Key '" + std::string(key) + "' not found");
}

std::vector<std::pair<std::string, std::string>> Cache::get_many(const std::vector<std::string>& keys, int version) {
    std::vector<std::pair<std::string, std::string>> found;
    for (const std::string& key : keys) {
        if (auto value = get(key, version)) found.emplace_back(key, *std::move(value));
    }
    return found;
}

void Cache::set_many(const std::vector<std::pair<std::string, std::string>>& entries, Timeout timeout, int version) {
    for (const auto& [key, value] : entries) set(key, value, timeout, version);
}

void Cache::delete_many(const std::vector<std::string>& keys, int version) {
    for (const std::string& key : keys) delete_(key, version);
}

void set_caches(std::vector<std::pair<std::string, Ref<Cache>>> given) {
    Caches& site = site_caches();
    std::unique_lock lock(site.mutex);
    site.all = std::move(given);
}

Ref<Cache> find_cache(std::string_view alias) noexcept {
    Caches& site = site_caches();
    std::shared_lock lock(site.mutex);
    for (const auto& [name, cache] : site.all) {
        if (name == alias) return cache;
    }
    return {};
}

Ref<Cache> caches(std::string_view alias) {
    if (Ref<Cache> found = find_cache(alias)) return found;
    throw InvalidCacheBackend("The connection '" + std::string(alias) + "' doesn't exist.");
}

std::string make_template_fragment_key(std::string_view name, const std::vector<std::string>& vary_on) {
    std::string all;
    for (const std::string& part : vary_on) all.append(part).append(":");
    return "template.cache." + std::string(name) + "." + utils::md5_hex(all);
}

}  // namespace nuages::core::cache

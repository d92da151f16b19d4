#include <nuages/core/cache/cache.hpp>

#include <nuages/core/cache/detail/number.hpp>
#include <nuages/utils/crypto.hpp>

#include <charconv>
#include <mutex>
#include <shared_mutex>

namespace nuages::core::cache {

namespace {

constexpr std::size_t kKeyBytesMax = 250;

bool is_gone(std::optional<Duration> lifetime) { return lifetime && lifetime->microseconds <= 0; }

struct Caches {
    std::shared_mutex mutex;
    std::vector<std::pair<std::string, Ref<Cache>>> all{{"default", locmem({})}};
};

Caches& site_caches() {
    static auto* const caches = new Caches;  // reachable to the end: destructors may still ask
    return *caches;
}

}  // namespace

std::int64_t detail::increased(std::string_view text, std::int64_t delta, const std::string& key) {
    const char* const end = text.data() + text.size();
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end || __builtin_add_overflow(number, delta, &number))
        throw Error("The value of '" + key + "' is no whole number of 64 bits.");
    return number;
}

std::string default_key_func(std::string_view key, std::string_view key_prefix, int version) {
    return std::string(key_prefix).append(":").append(std::to_string(version)).append(":").append(key);
}

std::string Cache::make_key(std::string_view key, int version) const {
    std::string made = options_.key_function(key, options_.key_prefix, version == 0 ? options_.version : version);
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

int Cache::incr_version(std::string_view key, int delta, int version) {
    if (version == 0) version = options_.version;
    const auto value = get(key, version);
    if (!value) throw Error("Key '" + std::string(key) + "' not found");
    set(key, *value, {}, version + delta);
    delete_(key, version);
    return version + delta;
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

std::vector<std::pair<std::string, Ref<Cache>>> make_caches(
    const std::vector<std::pair<std::string, CacheOptions>>& entries) {
    std::vector<std::pair<std::string, Ref<Cache>>> made;
    bool has_default = false;
    for (const auto& [alias, options] : entries) {
        for (const auto& known : made)
            if (known.first == alias) throw ImproperlyConfigured("CACHES has two entries '" + alias + "'");
        if (!options.backend || !options.key_function)
            throw ImproperlyConfigured("CACHES['" + alias + "'] has no backend or no key function.");
        try {
            made.emplace_back(alias, options.backend(options));
        } catch (const Error& error) {
            throw ImproperlyConfigured("CACHES['" + alias + "']: " + error.message());
        }
        has_default = has_default || alias == "default";
    }
    if (!has_default) made.emplace_back("default", locmem({}));
    return made;
}

void set_caches(std::vector<std::pair<std::string, Ref<Cache>>> given) {
    Caches& site = site_caches();
    std::unique_lock lock(site.mutex);
    site.all = given.empty() ? make_caches({}) : std::move(given);
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

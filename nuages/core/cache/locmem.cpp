#include <nuages/core/cache/locmem.hpp>

#include <nuages/core/cache/detail/number.hpp>
#include <nuages/utils/datetime.hpp>

#include <list>
#include <mutex>
#include <unordered_map>

namespace nuages::core::cache {

struct LocMemCache::State {
    struct Entry {
        std::string key;
        std::string value;
        std::optional<DateTime> expires;
    };
    std::mutex mutex;
    std::list<Entry> entries;  // the one asked for last in front
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key;

    // The entry of KEY, now in front; end() when there is none or its time is up.
    std::list<Entry>::iterator find(const std::string& key) {
        auto found = by_key.find(key);
        if (found == by_key.end()) return entries.end();
        auto entry = found->second;
        if (entry->expires && *entry->expires <= timezone::now()) {
            erase(entry);
            return entries.end();
        }
        entries.splice(entries.begin(), entries, entry);
        return entry;
    }

    void erase(std::list<Entry>::iterator entry) {
        by_key.erase(entry->key);
        entries.erase(entry);
    }

    void put(const std::string& key, std::string_view value, std::optional<DateTime> expires,
             const CacheOptions& options) {
        auto entry = find(key);
        if (entry != entries.end()) {
            entry->value = value;
            entry->expires = expires;
            return;
        }
        if (entries.size() >= options.max_entries) cull(options.cull_frequency);
        entries.push_front({key, std::string(value), expires});
        by_key.emplace(entries.front().key, entries.begin());
    }

    void cull(std::size_t frequency) {
        std::size_t count = frequency == 0 ? entries.size() : entries.size() / frequency;
        for (; count > 0; --count) erase(std::prev(entries.end()));
    }
};

namespace {

std::optional<DateTime> end_of(std::optional<Duration> lifetime) {
    if (!lifetime) return std::nullopt;
    return timezone::now() + *lifetime;
}

}  // namespace

Ref<Cache> locmem(CacheOptions options) { return make_ref<LocMemCache>(std::move(options)); }

LocMemCache::LocMemCache(CacheOptions options) : Cache(std::move(options)), state_(new State) {}
LocMemCache::~LocMemCache() { delete state_; }

std::optional<std::string> LocMemCache::do_get(const std::string& key) {
    std::lock_guard lock(state_->mutex);
    auto entry = state_->find(key);
    if (entry == state_->entries.end()) return std::nullopt;
    return entry->value;
}

void LocMemCache::do_set(const std::string& key, std::string_view value, std::optional<Duration> lifetime) {
    std::lock_guard lock(state_->mutex);
    state_->put(key, value, end_of(lifetime), options());
}

bool LocMemCache::do_add(const std::string& key, std::string_view value, std::optional<Duration> lifetime) {
    std::lock_guard lock(state_->mutex);
    if (state_->find(key) != state_->entries.end()) return false;
    state_->put(key, value, end_of(lifetime), options());
    return true;
}

bool LocMemCache::do_touch(const std::string& key, std::optional<Duration> lifetime) {
    std::lock_guard lock(state_->mutex);
    auto entry = state_->find(key);
    if (entry == state_->entries.end()) return false;
    entry->expires = end_of(lifetime);
    return true;
}

bool LocMemCache::do_delete(const std::string& key) {
    std::lock_guard lock(state_->mutex);
    auto entry = state_->find(key);
    if (entry == state_->entries.end()) return false;
    state_->erase(entry);
    return true;
}

std::optional<std::int64_t> LocMemCache::do_incr(const std::string& key, std::int64_t delta) {
    std::lock_guard lock(state_->mutex);
    auto entry = state_->find(key);
    if (entry == state_->entries.end()) return std::nullopt;
    const std::int64_t number = detail::increased(entry->value, delta, key);
    entry->value = std::to_string(number);
    return number;
}

void LocMemCache::do_clear() {
    std::lock_guard lock(state_->mutex);
    state_->by_key.clear();
    state_->entries.clear();
}

}  // namespace nuages::core::cache

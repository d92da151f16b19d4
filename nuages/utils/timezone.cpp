#include <nuages/utils/timezone.hpp>

#include <nuages/utils/detail/locale_state.hpp>
#include <nuages/utils/detail/tzif.hpp>
#include <nuages/utils/value.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <shared_mutex>

namespace nuages::timezone {

namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;
constexpr std::size_t kNameMax = 64;

std::string folder() {
    const char* set = std::getenv("TZDIR");
    return set && *set ? set : "/usr/share/zoneinfo";
}

// "Europe/Paris": no path that leaves the folder, nothing hidden.
bool is_valid_key(std::string_view key) {
    if (key.empty() || key.size() > kNameMax || key.front() == '/' || key.back() == '/') return false;
    char before = '/';
    for (char c : key) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '_' && c != '-' && c != '+' && c != '/') return false;
        if (c == '/' && before == '/') return false;
        before = c;
    }
    return true;
}

bool read_file(const std::string& path, std::string& bytes) {
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (!file) return false;
    char buffer[4096];
    std::size_t count;
    while ((count = std::fread(buffer, 1, sizeof buffer, file)) > 0 && bytes.size() < kFileBytesMax) {
        bytes.append(buffer, count);
    }
    std::fclose(file);
    return true;
}

// Every zone that was asked for. Zones are never given back: values and contexts point at them.
class Zones {
public:
    const TimeZone* find(std::string_view key) {
        {
            std::shared_lock lock(mutex_);
            if (auto found = zones_.find(key); found != zones_.end()) return found->second;
        }
        if (!is_valid_key(key)) return nullptr;
        TimeZone::Rules rules;
        if (key == "UTC") {
            rules = TimeZone::Rules::fixed(0, "UTC");
        } else {
            std::string bytes;
            if (!read_file(folder() + "/" + std::string(key), bytes) || !read_tzif(bytes, rules)) return nullptr;
        }
        return keep(std::string(key), std::string(key), std::move(rules));
    }

    const TimeZone& fixed(int minutes, bool python_name, std::string_view given = {}) {
        minutes = std::clamp(minutes, -1439, 1439);
        char name[16];
        const int size = std::abs(minutes);
        std::snprintf(name, sizeof name, python_name ? "UTC%c%02d:%02d" : "%c%02d%02d", minutes < 0 ? '-' : '+',
                      size / 60 % 24, size % 60);
        const std::string text = !given.empty() ? std::string(given) : python_name && minutes == 0 ? "UTC" : name;
        const std::string key = std::string(given) + "\n" + name;
        {
            std::shared_lock lock(mutex_);
            if (auto found = zones_.find(key); found != zones_.end()) return *found->second;
        }
        return *keep(key, text, TimeZone::Rules::fixed(minutes * 60LL, text));
    }

private:
    const TimeZone* keep(std::string key, std::string name, TimeZone::Rules rules) {
        std::unique_lock lock(mutex_);
        auto [at, added] = zones_.try_emplace(std::move(key), nullptr);
        if (added) at->second = new TimeZone(std::move(name), new TimeZone::Rules(std::move(rules)));
        return at->second;
    }

    std::shared_mutex mutex_;
    std::map<std::string, const TimeZone*, std::less<>> zones_;
};

Zones& zones() {
    static auto* const all = new Zones;  // reachable to the end: what points at zones may be static
    return *all;
}

std::atomic<const TimeZone*> default_zone{nullptr};
std::atomic<bool> shows_current_zone{true};

TimeZone::Offset offset_of(const TimeZone::Rules::Type& type) {
    return {seconds(type.ahead_s), type.daylight_saving, type.abbreviation};
}

const TimeZone::Rules::Type& type_at(const TimeZone::Rules& rules, const std::vector<std::int64_t>& starts,
                                     std::int64_t second) {
    const auto after = std::upper_bound(starts.begin(), starts.end(), second);
    if (after == starts.begin()) return rules.types[rules.first];
    return rules.types[rules.indexes[static_cast<std::size_t>(after - starts.begin()) - 1]];
}

bool is_past(const TimeZone::Rules& rules, const std::vector<std::int64_t>& starts, std::int64_t second) {
    return rules.forever.exists && (starts.empty() || second >= starts.back());
}

utils::WallClock clock_with(DateTime wall, const TimeZone::Offset& offset) {
    utils::WallClock clock;
    clock.date = wall.date();
    clock.time = wall.time();
    clock.has_zone = true;
    clock.utc_offset = offset.ahead;
    clock.daylight_saving = offset.daylight_saving;
    clock.zone_name = offset.abbreviation;
    return clock;
}

}  // namespace

TimeZone::Offset TimeZone::at(DateTime instant) const noexcept {
    const std::int64_t second = instant.timestamp();
    if (is_past(*rules_, rules_->instants, second)) return offset_of(rules_->forever.at(second));
    return offset_of(type_at(*rules_, rules_->instants, second));
}

TimeZone::Offset TimeZone::at_wall(DateTime wall, int fold) const noexcept {
    const std::int64_t second = wall.timestamp();
    const auto& starts = rules_->walls[fold ? 1 : 0];
    if (is_past(*rules_, starts, second)) return offset_of(rules_->forever.at_wall(second, fold));
    return offset_of(type_at(*rules_, starts, second));
}

bool TimeZone::is_ambiguous_or_imaginary(DateTime wall) const noexcept {
    return at_wall(wall, 0).ahead != at_wall(wall, 1).ahead;
}

const ObjectType kTimeZoneType{.name = "ZoneInfo", .str = [](const void* self, std::string& out) {
                                   out += static_cast<const TimeZone*>(self)->name();
                               }};

Value to_value(const TimeZone& zone) { return Value::object(&zone, kTimeZoneType); }

const TimeZone& utc() noexcept {
    static const TimeZone& zone = *zones().find("UTC");
    return zone;
}

const TimeZone& get_fixed_timezone(int minutes) { return zones().fixed(minutes, false); }
const TimeZone& utc_offset(int minutes, std::string_view name) { return zones().fixed(minutes, true, name); }
const TimeZone* find_zone(std::string_view key) { return zones().find(key); }

const TimeZone& zone(std::string_view key) {
    if (const TimeZone* found = find_zone(key)) return *found;
    throw UnknownTimeZone("No time zone found with key " + std::string(key.substr(0, kNameMax)));
}

std::vector<std::string> available_timezones() {
    namespace fs = std::filesystem;
    std::vector<std::string> keys;
    std::error_code ignored;
    const std::string root = folder();
    for (fs::recursive_directory_iterator it(root, ignored), end; it != end; it.increment(ignored)) {
        const std::string key = it->path().generic_string().substr(root.size() + 1);
        if (key.starts_with("posix") || key.starts_with("right") || !it->is_regular_file(ignored)) continue;
        if (is_valid_key(key) && find_zone(key)) keys.push_back(key);
    }
    std::sort(keys.begin(), keys.end());
    return keys;
}

void configure(const Settings& settings) {
    default_zone.store(&zone(settings.time_zone));
    shows_current_zone.store(settings.use_tz);
}

bool use_tz() noexcept { return shows_current_zone.load(std::memory_order_relaxed); }

const TimeZone& get_default_timezone() noexcept {
    const TimeZone* zone = default_zone.load(std::memory_order_acquire);
    return zone ? *zone : utc();
}

const TimeZone& get_current_timezone() noexcept {
    const utils::detail::LocaleState* state = utils::detail::locale_state.find();
    return state && state->zone ? *state->zone : get_default_timezone();
}

std::string get_current_timezone_name() { return std::string(get_current_timezone().name()); }

void activate(const TimeZone& zone) { utils::detail::locale_state.get().zone = &zone; }
void activate(std::string_view key) { activate(zone(key)); }
void deactivate() {
    if (auto* state = utils::detail::locale_state.find()) state->zone = nullptr;
}

override::override(const TimeZone& zone)
    : former_(std::exchange(utils::detail::locale_state.get().zone, &zone)) {}
override::override(std::nullptr_t)
    : former_(std::exchange(utils::detail::locale_state.get().zone, nullptr)) {}
override::~override() { utils::detail::locale_state.get().zone = former_; }

utils::WallClock localtime(DateTime at, const TimeZone& zone) {
    const TimeZone::Offset offset = zone.at(at);
    utils::WallClock clock = clock_with(at + offset.ahead, offset);
    clock.zone = &zone;
    return clock;
}

utils::WallClock reading(DateTime wall, const TimeZone& zone, int fold) {
    utils::WallClock clock = clock_with(wall, zone.at_wall(wall, fold));
    clock.zone = &zone;
    return clock;
}

Date localdate() { return localdate(now()); }
Date localdate(DateTime at, const TimeZone& zone) { return at.date(zone.at(at).ahead); }
DateTime make_naive(DateTime at, const TimeZone& zone) { return at + zone.at(at).ahead; }

}  // namespace nuages::timezone

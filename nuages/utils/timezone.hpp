// Time zones: where an instant stands on a place's clock, and back (django.utils.timezone, Python's zoneinfo).
//
// Zones are read from the system's tzdata (TZDIR, else /usr/share/zoneinfo), once each, and live as long as the
// process: references to them may be kept. The current zone belongs to the request (a tree of fibers), as Django's does.
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/utils/dateformat.hpp>
#include <nuages/utils/datetime.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuages {
class Value;
struct ObjectType;
}  // namespace nuages

namespace nuages::timezone {

/// There is no time zone of that name (Python's ZoneInfoNotFoundError).
NUAGES_DEFINE_ERROR(UnknownTimeZone, Error);

/// The clock of a place. Immutable; every name has one object.
class TimeZone {
public:
    /// What the clock shows around an instant.
    struct Offset {
        Duration ahead;  ///< of UTC
        bool daylight_saving = false;
        std::string_view abbreviation;  ///< "CEST"
    };

    TimeZone(const TimeZone&) = delete;
    TimeZone& operator=(const TimeZone&) = delete;

    /// "Europe/Paris", "UTC", "+0700".
    std::string_view name() const noexcept { return name_; }
    Offset at(DateTime instant) const noexcept;
    /// The offset that a clock shows when it reads WALL. Of an hour that comes twice FOLD 0 is the first; in an hour
    /// that is skipped FOLD 0 counts on from before it (PEP 495).
    Offset at_wall(DateTime wall, int fold = 0) const noexcept;
    /// The instant of a reading of this zone's clock.
    DateTime instant_of(DateTime wall, int fold = 0) const noexcept { return wall - at_wall(wall, fold).ahead; }
    /// True when WALL comes twice or never on this clock.
    bool is_ambiguous_or_imaginary(DateTime wall) const noexcept;

    /// The rules behind a zone; made by this folder.
    struct Rules;
    TimeZone(std::string name, const Rules* rules) : name_(std::move(name)), rules_(rules) {}

private:
    std::string name_;
    const Rules* rules_;
};

/// Zones as values of templates: an object that prints its name.
extern const ObjectType kTimeZoneType;
Value to_value(const TimeZone& zone);

const TimeZone& utc() noexcept;
/// A clock that is always MINUTES ahead of UTC (-1439 to 1439), named as "+0700" (django: get_fixed_timezone).
const TimeZone& get_fixed_timezone(int minutes);
/// The same with a name; without one, as Python's datetime.timezone is named: "UTC+07:00".
const TimeZone& utc_offset(int minutes, std::string_view name = {});
/// The zone of an IANA key ("Europe/Paris"), or null.
const TimeZone* find_zone(std::string_view key);
/// As find_zone; throws UnknownTimeZone ("No time zone found with key ...").
const TimeZone& zone(std::string_view key);
/// Every key of the system's zones, sorted.
std::vector<std::string> available_timezones();

/// What the site says about time (TIME_ZONE, USE_TZ).
struct Settings {
    std::string time_zone = "UTC";
    /// Instants are shown in the current time zone.
    bool use_tz = true;
};
/// At start-up; throws UnknownTimeZone and keeps what was.
void configure(const Settings& settings);
bool use_tz() noexcept;

/// TIME_ZONE.
const TimeZone& get_default_timezone() noexcept;
/// The zone that activate() chose for this request, else the default one.
const TimeZone& get_current_timezone() noexcept;
/// "Europe/Paris".
std::string get_current_timezone_name();
void activate(const TimeZone& zone);
void activate(std::string_view key);
/// Back to the default zone.
void deactivate();

/// Another current zone for the length of a block; without one, the default zone.
class override {
public:
    explicit override(const TimeZone& zone);
    explicit override(std::string_view key) : override(timezone::zone(key)) {}
    explicit override(std::nullptr_t);
    ~override();
    override(const override&) = delete;
    override& operator=(const override&) = delete;

private:
    const TimeZone* former_;
};

/// What ZONE's clock shows at AT.
utils::WallClock localtime(DateTime at, const TimeZone& zone);
inline utils::WallClock localtime(DateTime at) { return localtime(at, get_current_timezone()); }
/// A reading of ZONE's clock with what is known about it.
utils::WallClock reading(DateTime wall, const TimeZone& zone, int fold = 0);
/// Today, or the day of AT, in the current zone.
Date localdate();
Date localdate(DateTime at, const TimeZone& zone = get_current_timezone());
/// The instant at which the clock of ZONE shows WALL.
inline DateTime make_aware(DateTime wall, const TimeZone& zone = get_current_timezone(), int fold = 0) {
    return zone.instant_of(wall, fold);
}
/// What the clock of ZONE shows at AT, as a reading without a zone.
DateTime make_naive(DateTime at, const TimeZone& zone = get_current_timezone());

}  // namespace nuages::timezone

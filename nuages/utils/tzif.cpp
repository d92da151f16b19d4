#include <nuages/utils/detail/tzif.hpp>

#include <algorithm>

namespace nuages::timezone {

namespace {

constexpr std::int64_t kDay_s = 86400;
constexpr std::size_t kHeaderBytes = 44;
constexpr std::size_t kTransitionsMax = 100'000;

class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    bool has(std::size_t count) const { return count <= bytes_.size() - at_; }
    void skip(std::size_t count) { at_ += count; }
    std::string_view take(std::size_t count) {
        const std::string_view part = bytes_.substr(at_, count);
        at_ += count;
        return part;
    }
    std::uint8_t byte() { return static_cast<std::uint8_t>(bytes_[at_++]); }
    std::int64_t number(int size) {
        std::uint64_t value = size == 4 && (bytes_[at_] & 0x80) ? ~std::uint64_t{0} : 0;
        for (int i = 0; i < size; ++i) value = value << 8 | byte();
        return static_cast<std::int64_t>(value);
    }
    std::string_view rest() const { return bytes_.substr(at_); }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
};

struct Header {
    char version = 0;
    std::size_t is_ut, is_std, leaps, transitions, types, characters;

    std::size_t bytes(std::size_t time_size) const {
        return transitions * (time_size + 1) + types * 6 + characters + leaps * (time_size + 4) + is_std + is_ut;
    }
};

bool read_header(Reader& reader, Header& header) {
    if (!reader.has(kHeaderBytes) || reader.take(4) != "TZif") return false;
    header.version = static_cast<char>(reader.byte());
    reader.skip(15);
    for (std::size_t* count : {&header.is_ut, &header.is_std, &header.leaps, &header.transitions, &header.types,
                               &header.characters}) {
        const std::int64_t value = reader.number(4);
        if (value < 0 || value > static_cast<std::int64_t>(kTransitionsMax)) return false;
        *count = static_cast<std::size_t>(value);
    }
    return header.types > 0;
}

bool read_block(Reader& reader, const Header& header, int time_size, TimeZone::Rules& rules) {
    if (!reader.has(header.bytes(static_cast<std::size_t>(time_size)))) return false;
    for (std::size_t i = 0; i < header.transitions; ++i) rules.instants.push_back(reader.number(time_size));
    for (std::size_t i = 0; i < header.transitions; ++i) rules.indexes.push_back(reader.byte());
    std::vector<std::size_t> names;
    for (std::size_t i = 0; i < header.types; ++i) {
        TimeZone::Rules::Type type;
        type.ahead_s = reader.number(4);
        type.daylight_saving = reader.byte() != 0;
        names.push_back(reader.byte());
        if (type.ahead_s < -7 * kDay_s || type.ahead_s > 7 * kDay_s) return false;
        rules.types.push_back(std::move(type));
    }
    const std::string_view characters = reader.take(header.characters);
    for (std::size_t i = 0; i < header.types; ++i) {
        if (names[i] > characters.size()) return false;
        const std::string_view name = characters.substr(names[i]);
        rules.types[i].abbreviation = name.substr(0, name.find('\0'));
    }
    reader.skip(header.leaps * (static_cast<std::size_t>(time_size) + 4) + header.is_std + header.is_ut);
    for (std::uint8_t index : rules.indexes) {
        if (index >= header.types) return false;
    }
    return std::is_sorted(rules.instants.begin(), rules.instants.end());
}

// Reads the pieces of a POSIX TZ string.
class PosixReader {
public:
    explicit PosixReader(std::string_view text) : text_(text) {}

    bool read(TimeZone::Rules::Forever& forever) {
        std::int64_t behind = 0;
        if (!name(forever.standard.abbreviation) || !clock(behind)) return false;
        forever.standard.ahead_s = -behind;
        forever.exists = true;
        if (text_.empty()) return true;
        if (!name(forever.daylight.abbreviation)) return false;
        forever.has_daylight_saving = forever.daylight.daylight_saving = true;
        forever.daylight.ahead_s = forever.standard.ahead_s + 3600;
        if (!text_.empty() && text_.front() != ',') {
            if (!clock(behind)) return false;
            forever.daylight.ahead_s = -behind;
        }
        return day(forever.begin) && day(forever.end) && text_.empty();
    }

private:
    bool name(std::string& out) {
        std::size_t end = 0;
        if (!text_.empty() && text_.front() == '<') {
            end = text_.find('>');
            if (end == text_.npos) return false;
            out = text_.substr(1, end - 1);
            text_.remove_prefix(end + 1);
            return true;
        }
        while (end < text_.size() && ((text_[end] | 0x20) >= 'a' && (text_[end] | 0x20) <= 'z')) ++end;
        out = text_.substr(0, end);
        text_.remove_prefix(end);
        return end >= 3;
    }

    bool number(int& value) {
        std::size_t end = 0;
        value = 0;
        for (; end < text_.size() && end < 4 && text_[end] >= '0' && text_[end] <= '9'; ++end) {
            value = value * 10 + (text_[end] - '0');
        }
        text_.remove_prefix(end);
        return end > 0;
    }

    bool accept(char c) {
        if (text_.empty() || text_.front() != c) return false;
        text_.remove_prefix(1);
        return true;
    }

    // "[+-]hh[:mm[:ss]]" in seconds.
    bool clock(std::int64_t& seconds) {
        const bool negative = accept('-');
        if (!negative) accept('+');
        int hours = 0, minutes = 0, rest = 0;
        if (!number(hours) || hours > 167) return false;
        if (accept(':') && !number(minutes)) return false;
        if (accept(':') && !number(rest)) return false;
        seconds = (hours * 60LL + minutes) * 60 + rest;
        if (negative) seconds = -seconds;
        return true;
    }

    bool day(RuleDay& rule) {
        if (!accept(',')) return false;
        if (accept('M')) {
            if (!number(rule.month) || !accept('.') || !number(rule.week) || !accept('.') || !number(rule.day)) {
                return false;
            }
            if (rule.month < 1 || rule.month > 12 || rule.week < 1 || rule.week > 5 || rule.day > 6) return false;
        } else {
            rule.kind = accept('J') ? RuleDay::Kind::julian : RuleDay::Kind::zero_based;
            if (!number(rule.day) || rule.day > 366) return false;
        }
        return !accept('/') || clock(rule.seconds);
    }

    std::string_view text_;
};

int year_of(std::int64_t seconds) {
    return Date{utils::floor_div(seconds, kDay_s)}.year();
}

// The same transitions as the clock shows them. Of two neighbouring offsets the larger one decides for fold 0, the
// smaller for fold 1: an hour that is skipped or comes twice lies between the two.
void fill_walls(TimeZone::Rules& rules) {
    std::size_t before = rules.first;
    for (std::size_t i = 0; i < rules.instants.size(); ++i) {
        const std::int64_t a = rules.types[before].ahead_s, b = rules.types[rules.indexes[i]].ahead_s;
        rules.walls[0].push_back(rules.instants[i] + std::max(a, b));
        rules.walls[1].push_back(rules.instants[i] + std::min(a, b));
        before = rules.indexes[i];
    }
}

}  // namespace

std::int64_t RuleDay::in_year(int year) const noexcept {
    const std::int64_t first = Date::from_ymd(year, 1, 1).days;
    if (kind == Kind::zero_based) return (first + day) * kDay_s + seconds;
    if (kind == Kind::julian) {
        return (first + day - 1 + (utils::is_leap_year(year) && day >= 60 ? 1 : 0)) * kDay_s + seconds;
    }
    const Date start = Date::from_ymd(year, month, 1);
    const int sunday_based = (start.weekday() + 1) % 7;
    int shown = 1 + (day - sunday_based + 7) % 7 + (week - 1) * 7;
    while (shown > utils::days_in_month(year, month)) shown -= 7;
    return (start.days + shown - 1) * kDay_s + seconds;
}

const TimeZone::Rules::Type& TimeZone::Rules::Forever::at(std::int64_t instant_s) const noexcept {
    if (!has_daylight_saving) return standard;
    const int year = year_of(instant_s + standard.ahead_s);
    const std::int64_t from = begin.in_year(year) - standard.ahead_s, to = end.in_year(year) - daylight.ahead_s;
    const bool summer = from < to ? from <= instant_s && instant_s < to : !(to <= instant_s && instant_s < from);
    return summer ? daylight : standard;
}

const TimeZone::Rules::Type& TimeZone::Rules::Forever::at_wall(std::int64_t wall_s, int fold) const noexcept {
    if (!has_daylight_saving) return standard;
    const int year = year_of(wall_s);
    const std::int64_t shift = daylight.ahead_s - standard.ahead_s;
    std::int64_t from = begin.in_year(year), to = end.in_year(year);
    if ((fold != 0) == (shift >= 0)) {
        to -= shift;
    } else {
        from += shift;
    }
    const bool summer = from < to ? from <= wall_s && wall_s < to : !(to <= wall_s && wall_s < from);
    return summer ? daylight : standard;
}

TimeZone::Rules TimeZone::Rules::fixed(std::int64_t ahead_s, std::string abbreviation) {
    Rules rules;
    rules.types.push_back({ahead_s, false, std::move(abbreviation)});
    return rules;
}

bool read_tzif(std::string_view bytes, TimeZone::Rules& rules) {
    Reader reader(bytes);
    Header header;
    if (!read_header(reader, header)) return false;
    if (header.version == 0) {
        if (!read_block(reader, header, 4, rules)) return false;
    } else {
        if (!reader.has(header.bytes(4))) return false;
        reader.skip(header.bytes(4));
        if (!read_header(reader, header) || !read_block(reader, header, 8, rules)) return false;
        std::string_view footer = reader.rest();
        if (footer.size() >= 2 && footer.front() == '\n') {
            footer = footer.substr(1, footer.find('\n', 1) - 1);
            TimeZone::Rules::Forever forever;
            if (PosixReader(footer).read(forever)) rules.forever = std::move(forever);
        }
    }
    for (rules.first = 0; rules.first < rules.types.size() && rules.types[rules.first].daylight_saving;) ++rules.first;
    if (rules.first == rules.types.size()) rules.first = 0;
    fill_walls(rules);
    return true;
}

}  // namespace nuages::timezone

#include <nuages/utils/value.hpp>

#include <nuages/utils/datetime.hpp>
#include <nuages/utils/unicode.hpp>
#include <nuages/utils/utf8.hpp>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace nuages {

namespace {

struct TextBuffer final : RefCounted {
    std::string text;
    explicit TextBuffer(std::string from) : text(std::move(from)) {}
};
struct ListBuffer final : RefCounted {
    std::vector<Value> items;
};
struct MapBuffer final : RefCounted {
    std::vector<Value::Item> items;
};
struct CallBuffer final : RefCounted {
    Function<Value()> function;
};

// Containers that hold themselves cannot be built, but data can nest as deep as its sender likes.
constexpr int kPrintDepthMax = 100;

std::size_t character_length(unsigned char lead) { return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4; }

std::size_t count_characters(std::string_view text) {
    std::size_t count = 0;
    for (char c : text) count += (c & 0xc0) != 0x80;
    return count;
}

void append_integer(std::string& out, std::int64_t number) {
    char buffer[24];
    auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    out.append(buffer, end);
}

void append_padded(std::string& out, std::int64_t number, int width) {
    char buffer[24];
    auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    for (auto n = end - buffer; n < width; ++n) out += '0';
    out.append(buffer, end);
}

// Python's repr(float): the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on.
void append_real(std::string& out, double number) {
    if (std::isnan(number)) {
        out += "nan";
    } else if (std::isinf(number)) {
        out += number < 0 ? "-inf" : "inf";
    } else {
        char buffer[40];
        const double size = std::fabs(number);
        const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
        auto end = std::to_chars(buffer, buffer + sizeof buffer, number,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
        out.append(buffer, end);
        if (plain && !std::memchr(buffer, '.', static_cast<std::size_t>(end - buffer))) out += ".0";
    }
}

void append_duration(std::string& out, std::int64_t microseconds) {
    const std::int64_t days = utils::floor_div(microseconds, kMicrosecondsPerDay);
    const std::int64_t rest = microseconds - days * kMicrosecondsPerDay;
    if (days != 0) {
        append_integer(out, days);
        out += days == 1 || days == -1 ? " day, " : " days, ";
    }
    append_integer(out, rest / 3'600'000'000);
    out += ':';
    append_padded(out, rest / 60'000'000 % 60, 2);
    out += ':';
    append_padded(out, rest / 1'000'000 % 60, 2);
    if (rest % 1'000'000 != 0) {
        out += '.';
        append_padded(out, rest % 1'000'000, 6);
    }
}

void append_offset(std::string& out, int minutes) {
    out += minutes < 0 ? '-' : '+';
    append_padded(out, std::abs(minutes) / 60, 2);
    out += ':';
    append_padded(out, std::abs(minutes) % 60, 2);
}

DateTime wall_clock(const Value& value) {
    return {value.as_integer() + (value.has_offset() ? value.offset_minutes() * 60'000'000LL : 0)};
}

void append_datetime(std::string& out, const Value& value, char separator) {
    std::string zone;
    if (!value.is_naive()) append_offset(zone, value.has_offset() ? value.offset_minutes() : 0);
    wall_clock(value).append_iso(out, separator, zone);
}

void append_hex(std::string& out, char kind, char32_t code, int width) {
    constexpr char digits[] = "0123456789abcdef";
    out += '\\';
    out += kind;
    for (int shift = 4 * (width - 1); shift >= 0; shift -= 4) out += digits[(code >> shift) & 15];
}

void append_quoted(std::string& out, std::string_view text) {
    const bool has_single = text.find('\'') != text.npos;
    const char quote = has_single && text.find('"') == text.npos ? '"' : '\'';
    out += quote;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const auto byte = static_cast<unsigned char>(c);
        if (c == quote || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c == '\t') {
            out += "\\t";
        } else if (byte < 0x20 || byte == 0x7f) {
            append_hex(out, 'x', byte, 2);
        } else if (byte < 0x80) {
            out += c;
        } else {
            const auto step = utils::utf8_step(text, i);
            const char32_t point = step.code_point;
            if (!utils::is_control_category(point) && !utils::is_space(point)) {
                out += text.substr(i, step.size);
            } else if (point < 0x100) {
                append_hex(out, 'x', point, 2);
            } else {
                append_hex(out, point < 0x10000 ? 'u' : 'U', point, point < 0x10000 ? 4 : 8);
            }
            i += step.size - 1;
        }
    }
    out += quote;
}

void append_datetime_repr(std::string& out, const Value& value) {
    const DateTime at = wall_clock(value);
    const Date date = at.date();
    const Time time = at.time();
    out += "datetime.datetime(";
    const int parts[] = {date.year(),   date.month(),  date.day(),        time.hour(),
                         time.minute(), time.second(), time.microsecond()};
    const int shown = parts[6] ? 7 : parts[5] ? 6 : 5;
    for (int i = 0; i < shown; ++i) {
        if (i) out += ", ";
        append_integer(out, parts[i]);
    }
    if (!value.is_naive()) out += ", tzinfo=datetime.timezone.utc";
    out += ')';
}

void append_time_repr(std::string& out, Time time) {
    const int parts[] = {time.hour(), time.minute(), time.second(), time.microsecond()};
    const int shown = parts[3] ? 4 : parts[2] ? 3 : 2;
    out += "datetime.time(";
    for (int i = 0; i < shown; ++i) {
        if (i) out += ", ";
        append_integer(out, parts[i]);
    }
    out += ')';
}

void append_duration_repr(std::string& out, std::int64_t microseconds) {
    const std::int64_t days = utils::floor_div(microseconds, kMicrosecondsPerDay);
    const std::int64_t rest = microseconds - days * kMicrosecondsPerDay;
    const std::pair<const char*, std::int64_t> parts[] = {
        {"days=", days}, {"seconds=", rest / 1'000'000}, {"microseconds=", rest % 1'000'000}};
    out += "datetime.timedelta(";
    bool any = false;
    for (const auto& [name, count] : parts) {
        if (count == 0) continue;
        if (any) out += ", ";
        any = true;
        out += name;
        append_integer(out, count);
    }
    out += any ? ")" : "0)";
}

void append_repr_at(std::string& out, const Value& value, int depth);

void append_items(std::string& out, const Value& value, int depth) {
    const bool tuple = value.is_tuple() || (value.type() && value.type()->name == "tuple");
    out += tuple ? '(' : '[';
    bool first = true;
    value.iterate([&](Value item) {
        if (!first) out += ", ";
        first = false;
        append_repr_at(out, item, depth + 1);
        return true;
    });
    if (tuple && value.size() == 1) out += ',';
    out += tuple ? ')' : ']';
}

void append_mapping(std::string& out, const Value& value, int depth) {
    out += '{';
    bool first = true;
    value.each_pair([&](Value key, Value item) {
        if (!first) out += ", ";
        first = false;
        append_repr_at(out, key, depth + 1);
        out += ": ";
        append_repr_at(out, item, depth + 1);
        return true;
    });
    out += '}';
}

void append_object(std::string& out, const Value& value, int depth) {
    const ObjectType& type = *value.type();
    if (type.str) {
        type.str(value.self(), out);
    } else if (type.pairs) {
        append_mapping(out, value, depth);
    } else if (value.is_iterable()) {
        append_items(out, value, depth);
    } else {
        out.append("<").append(type.name).append(" object>");
    }
}

void append_repr_at(std::string& out, const Value& value, int depth) {
    if (depth > kPrintDepthMax) {
        out += "...";
        return;
    }
    switch (value.kind()) {
        case ValueKind::string: append_quoted(out, value.as_text()); break;
        case ValueKind::decimal:
            if (value.as_text().find_first_of(".eE") == std::string_view::npos && value.as_text().size() > 18) {
                out += value.as_text();
            } else {
                out.append("Decimal('").append(value.as_text()).append("')");
            }
            break;
        case ValueKind::datetime: append_datetime_repr(out, value); break;
        case ValueKind::date: {
            const auto day = Date{value.as_integer()}.civil();
            out += "datetime.date(";
            append_integer(out, day.year);
            out += ", ";
            append_integer(out, day.month);
            out += ", ";
            append_integer(out, day.day);
            out += ')';
            break;
        }
        case ValueKind::time: append_time_repr(out, Time{value.as_integer()}); break;
        case ValueKind::duration: append_duration_repr(out, value.as_integer()); break;
        case ValueKind::list: append_items(out, value, depth); break;
        case ValueKind::map: append_mapping(out, value, depth); break;
        case ValueKind::object:
            if (value.type()->str && !value.is_iterable()) {
                out.append("<").append(value.type()->name).append(": ");
                value.type()->str(value.self(), out);
                out += '>';
            } else {
                append_object(out, value, depth);
            }
            break;
        default: value.append_str(out);
    }
}

long double number_of(const Value& value) {
    switch (value.kind()) {
        case ValueKind::real: return value.as_real();
        case ValueKind::decimal: return std::strtold(std::string(value.as_text()).c_str(), nullptr);
        default: return static_cast<long double>(value.as_integer());
    }
}

template <class T> int order(const T& a, const T& b) { return a < b ? -1 : b < a ? 1 : a == b ? 0 : Value::kUnordered; }

bool is_sequence(const Value& value) {
    return value.kind() == ValueKind::list ||
           (value.kind() == ValueKind::object && value.type()->at && value.type()->size);
}

int compare_sequences(const Value& a, const Value& b) {
    const auto n = a.size(), m = b.size();
    for (std::int64_t i = 0; i < n && i < m; ++i) {
        const Value x = a.at(static_cast<std::size_t>(i)), y = b.at(static_cast<std::size_t>(i));
        if (x.equals(y)) continue;
        return x.compare(y);
    }
    return order(n, m);
}

bool equal_mappings(const Value& a, const Value& b) {
    if (a.size() != b.size()) return false;
    bool equal = true;
    a.each_pair([&](Value key, Value item) {
        bool found = false;
        b.each_pair([&](Value other_key, Value other) {
            found = key.equals(other_key) && item.equals(other);
            return !found;
        });
        return equal = found;
    });
    return equal;
}

Value pairs_of(const Value& mapping, int which) {
    std::vector<Value> items;
    mapping.each_pair([&](Value key, Value item) {
        if (which == 0) {
            items.push_back(Value::tuple({std::move(key), std::move(item)}));
        } else {
            items.push_back(which == 1 ? std::move(key) : std::move(item));
        }
        return true;
    });
    return Value::list(std::move(items));
}

Value mapping_attribute(const Value& mapping, std::string_view name) {
    if (name == "items") return pairs_of(mapping, 0);
    if (name == "keys") return pairs_of(mapping, 1);
    if (name == "values") return pairs_of(mapping, 2);
    return {};
}

Value clock_attribute(const Value& value, std::string_view name) {
    const bool has_date = value.kind() != ValueKind::time;
    const bool has_time = value.kind() != ValueKind::date;
    if (has_date) {
        const Date date = value.kind() == ValueKind::date ? Date{value.as_integer()} : wall_clock(value).date();
        if (name == "year") return date.year();
        if (name == "month") return date.month();
        if (name == "day") return date.day();
        if (name == "weekday") return date.weekday();
        if (name == "isoweekday") return date.weekday() + 1;
        if (name == "date" && has_time) return Value::date(date.days);
    }
    if (has_time) {
        const Time time = value.kind() == ValueKind::time ? Time{value.as_integer()} : wall_clock(value).time();
        if (name == "hour") return time.hour();
        if (name == "minute") return time.minute();
        if (name == "second") return time.second();
        if (name == "microsecond") return time.microsecond();
        if (name == "time" && has_date) return Value::time(time.microseconds);
        if (name == "timestamp" && has_date) return static_cast<double>(value.as_integer()) / 1e6;
    }
    if (name == "isoformat") {
        std::string text;
        if (value.kind() == ValueKind::datetime) {
            append_datetime(text, value, 'T');
        } else {
            value.append_str(text);
        }
        return text;
    }
    return {};
}

// The methods of Python's str that need no argument, as templates use them.
Value text_attribute(std::string_view text, std::string_view name) {
    if (name == "upper") return utils::to_upper(text);
    if (name == "lower") return utils::to_lower(text);
    if (name == "strip") return Value(utils::strip_unicode(text));
    if (name == "split") {
        std::vector<Value> words;
        for (std::size_t i = 0; i < text.size();) {
            const std::size_t begin = i;
            while (i < text.size() && !utils::is_space(utils::utf8_step(text, i).code_point))
                i += utils::utf8_step(text, i).size;
            if (i > begin) words.emplace_back(text.substr(begin, i - begin));
            if (i < text.size()) i += utils::utf8_step(text, i).size;
        }
        return Value::list(std::move(words));
    }
    return {};
}

Value duration_attribute(const Value& value, std::string_view name) {
    const std::int64_t days = utils::floor_div(value.as_integer(), kMicrosecondsPerDay);
    const std::int64_t rest = value.as_integer() - days * kMicrosecondsPerDay;
    if (name == "days") return days;
    if (name == "seconds") return rest / 1'000'000;
    if (name == "microseconds") return rest % 1'000'000;
    if (name == "total_seconds") return static_cast<double>(value.as_integer()) / 1e6;
    return {};
}

}  // namespace

Value::Value(std::string_view text, bool safe) : Value(std::string(text)) {
    if (safe) flags_ |= kSafe;
}

Value::Value(std::string&& text) : kind_(ValueKind::string) {
    auto* buffer = new TextBuffer(std::move(text));
    buffer->retain();
    owner_ = buffer;
    payload_.text = buffer->text.data();
    shape_.size = buffer->text.size();
}

Value::Value(SafeString&& text) : Value(static_cast<std::string&&>(text)) { flags_ |= kSafe; }

Value Value::scalar(ValueKind kind, std::int64_t payload) noexcept {
    Value value;
    value.kind_ = kind;
    value.payload_.integer = payload;
    return value;
}

std::string Value::unsigned_text(std::uint64_t value) { return std::to_string(value); }

Value Value::borrow(std::string_view text, bool safe) noexcept {
    Value value;
    value.kind_ = ValueKind::string;
    value.flags_ = safe ? kSafe : 0;
    value.payload_.text = text.data();
    value.shape_.size = text.size();
    return value;
}

Value Value::transient(std::string_view text, bool safe) noexcept {
    Value value = borrow(text, safe);
    value.flags_ |= kTransient;
    return value;
}

Value Value::persistent() && {
    if (flags_ & kTransient) return Value(as_text(), is_safe());
    return std::move(*this);
}

Value Value::persistent() const& { return Value(*this).persistent(); }

Value Value::decimal(std::string_view digits) {
    Value value(digits);
    value.kind_ = ValueKind::decimal;
    return value;
}

Value Value::naive_datetime(std::int64_t microseconds) noexcept {
    Value value = scalar(ValueKind::datetime, microseconds);
    value.flags_ = kNaive;
    return value;
}

Value Value::offset_datetime(std::int64_t utc_microseconds, int offset_minutes) noexcept {
    Value value = scalar(ValueKind::datetime, utc_microseconds);
    value.flags_ = kOffset;
    value.extra_ = static_cast<std::int16_t>(offset_minutes);
    return value;
}

Value Value::list(std::vector<Value> items) {
    auto* buffer = new ListBuffer;
    buffer->retain();
    buffer->items = std::move(items);
    for (Value& item : buffer->items) item = std::move(item).persistent();
    Value value;
    value.kind_ = ValueKind::list;
    value.owner_ = buffer;
    value.payload_.self = buffer;
    return value;
}

Value Value::tuple(std::vector<Value> items) {
    Value value = list(std::move(items));
    value.flags_ |= kTuple;
    return value;
}

Value Value::map(std::vector<Item> items) {
    auto* buffer = new MapBuffer;
    buffer->retain();
    buffer->items = std::move(items);
    for (Item& item : buffer->items) {
        item.first = std::move(item.first).persistent();
        item.second = std::move(item.second).persistent();
    }
    Value value;
    value.kind_ = ValueKind::map;
    value.owner_ = buffer;
    value.payload_.self = buffer;
    return value;
}

Value Value::callable(Function<Value()> function, bool alters_data) {
    auto* buffer = new CallBuffer;
    buffer->retain();
    buffer->function = std::move(function);
    Value value;
    value.kind_ = ValueKind::callable;
    value.flags_ = alters_data ? kAltersData : 0;
    value.owner_ = buffer;
    value.payload_.self = buffer;
    return value;
}

Value Value::object(const void* self, const ObjectType& type) noexcept {
    Value value;
    value.kind_ = ValueKind::object;
    value.payload_.self = self;
    value.shape_.type = &type;
    return value;
}

Value Value::object(Ref<RefCounted> owner, const void* self, const ObjectType& type) noexcept {
    Value value = object(self, type);
    if (owner) {
        value.owner_ = owner.get();
        value.owner_->retain();
    }
    return value;
}

const std::vector<Value>& Value::as_list() const noexcept {
    return static_cast<const ListBuffer*>(payload_.self)->items;
}

const std::vector<Value::Item>& Value::as_map() const noexcept {
    return static_cast<const MapBuffer*>(payload_.self)->items;
}

Value Value::call() const { return static_cast<const CallBuffer*>(payload_.self)->function(); }

Value Value::get(const Key& key) const {
    switch (kind_) {
        case ValueKind::object: {
            const ObjectType& type = *shape_.type;
            if (type.get) {
                Value found = type.get(payload_.self, key, *this);
                if (!found.is_missing()) return found;
            }
            if (type.pairs) {
                return mapping_attribute(*this, key.name);
            }
            if (key.is_index && (type.at || type.iterate)) return at(static_cast<std::size_t>(key.index));
            return {};
        }
        case ValueKind::map: {
            for (const Item& item : as_map()) {
                if (item.first.kind_ == ValueKind::string && item.first.as_text() == key.name) return item.second;
            }
            Value found = mapping_attribute(*this, key.name);
            if (!found.is_missing() || !key.is_index) return found;
            for (const Item& item : as_map()) {
                if (item.first.is_number() && item.first.equals(Value(key.index))) return item.second;
            }
            return {};
        }
        case ValueKind::list:
            return key.is_index && static_cast<std::size_t>(key.index) < as_list().size()
                       ? as_list()[static_cast<std::size_t>(key.index)]
                       : Value();
        case ValueKind::string:
            return key.is_index ? at(static_cast<std::size_t>(key.index)) : text_attribute(as_text(), key.name);
        case ValueKind::date:
        case ValueKind::time:
        case ValueKind::datetime: return clock_attribute(*this, key.name);
        case ValueKind::duration: return duration_attribute(*this, key.name);
        default: return {};
    }
}

Value Value::at(std::size_t index) const {
    switch (kind_) {
        case ValueKind::list: return index < as_list().size() ? as_list()[index] : Value();
        case ValueKind::string: {
            std::string_view text = as_text();
            std::size_t i = 0;
            while (i < text.size() && index-- > 0) i += character_length(static_cast<unsigned char>(text[i]));
            if (i >= text.size()) return {};
            return Value(text.substr(i, character_length(static_cast<unsigned char>(text[i]))));
        }
        case ValueKind::object: {
            const ObjectType& type = *shape_.type;
            if (type.at && type.size) {
                const auto size = type.size(payload_.self);
                return size >= 0 && index < static_cast<std::size_t>(size) ? type.at(payload_.self, index, *this)
                                                                           : Value();
            }
            Value found;
            if (type.iterate) {
                type.iterate(payload_.self, *this, [&](Value item) {
                    if (index-- > 0) return true;
                    found = std::move(item);
                    return false;
                });
            }
            return found;
        }
        default: return {};
    }
}

std::int64_t Value::size() const {
    switch (kind_) {
        case ValueKind::string: return static_cast<std::int64_t>(count_characters(as_text()));
        case ValueKind::list: return static_cast<std::int64_t>(as_list().size());
        case ValueKind::map: return static_cast<std::int64_t>(as_map().size());
        case ValueKind::object: return shape_.type->size ? shape_.type->size(payload_.self) : -1;
        default: return -1;
    }
}

bool Value::is_iterable() const noexcept {
    switch (kind_) {
        case ValueKind::string:
        case ValueKind::list:
        case ValueKind::map: return true;
        case ValueKind::object: return shape_.type->iterate || (shape_.type->at && shape_.type->size);
        default: return false;
    }
}

bool Value::is_mapping() const noexcept {
    return kind_ == ValueKind::map || (kind_ == ValueKind::object && shape_.type->pairs);
}

bool Value::iterate(FunctionRef<bool(Value)> each) const {
    switch (kind_) {
        case ValueKind::list:
            for (const Value& item : as_list()) {
                if (!each(item)) break;
            }
            return true;
        case ValueKind::map:
            for (const Item& item : as_map()) {
                if (!each(item.first)) break;
            }
            return true;
        case ValueKind::string: {
            std::string_view text = as_text();
            for (std::size_t i = 0; i < text.size();) {
                const std::size_t length = character_length(static_cast<unsigned char>(text[i]));
                if (!each(Value(text.substr(i, length)))) break;
                i += length;
            }
            return true;
        }
        case ValueKind::object: {
            const ObjectType& type = *shape_.type;
            if (type.iterate) {
                type.iterate(payload_.self, *this, each);
                return true;
            }
            if (!type.at || !type.size) return false;
            const auto size = type.size(payload_.self);
            for (std::int64_t i = 0; i < size; ++i) {
                if (!each(type.at(payload_.self, static_cast<std::size_t>(i), *this))) break;
            }
            return true;
        }
        default: return false;
    }
}

bool Value::each_pair(FunctionRef<bool(Value key, Value value)> each) const {
    if (kind_ == ValueKind::map) {
        for (const Item& item : as_map()) {
            if (!each(item.first, item.second)) break;
        }
        return true;
    }
    if (kind_ == ValueKind::object && shape_.type->pairs) {
        shape_.type->pairs(payload_.self, *this, each);
        return true;
    }
    return false;
}

bool Value::truthy() const {
    switch (kind_) {
        case ValueKind::missing:
        case ValueKind::null: return false;
        case ValueKind::boolean:
        case ValueKind::integer:
        case ValueKind::duration: return payload_.integer != 0;
        case ValueKind::real: return payload_.real != 0;
        case ValueKind::decimal: return number_of(*this) != 0;
        case ValueKind::string: return shape_.size != 0;
        case ValueKind::list: return !as_list().empty();
        case ValueKind::map: return !as_map().empty();
        case ValueKind::object: {
            const ObjectType& type = *shape_.type;
            if (type.truthy) return type.truthy(payload_.self);
            return !type.size || type.size(payload_.self) != 0;
        }
        default: return true;
    }
}

bool Value::is_identical(const Value& other) const noexcept {
    if (kind_ != other.kind_) return false;
    switch (kind_) {
        case ValueKind::missing:
        case ValueKind::null: return true;
        case ValueKind::real: return payload_.real == other.payload_.real;
        case ValueKind::string: return as_text() == other.as_text();
        case ValueKind::decimal: return as_text() == other.as_text();
        default: return payload_.integer == other.payload_.integer;
    }
}

bool Value::equals(const Value& other) const {
    if (is_number() && other.is_number()) {
        if (kind_ <= ValueKind::integer && other.kind_ <= ValueKind::integer) {
            return payload_.integer == other.payload_.integer;
        }
        return number_of(*this) == number_of(other);
    }
    if (kind_ == ValueKind::object && shape_.type->equals) return shape_.type->equals(payload_.self, other);
    if (other.kind_ == ValueKind::object && other.shape_.type->equals) {
        return other.shape_.type->equals(other.payload_.self, *this);
    }
    if (is_mapping() && other.is_mapping()) return equal_mappings(*this, other);
    if (is_sequence(*this) && is_sequence(other)) {
        return is_tuple() == other.is_tuple() && size() == other.size() && compare_sequences(*this, other) == 0;
    }
    if (kind_ != other.kind_) return false;
    switch (kind_) {
        case ValueKind::missing:
        case ValueKind::null: return true;
        case ValueKind::string: return as_text() == other.as_text();
        case ValueKind::datetime: return is_naive() == other.is_naive() && payload_.integer == other.payload_.integer;
        case ValueKind::object:
        case ValueKind::callable: return payload_.self == other.payload_.self;
        default: return payload_.integer == other.payload_.integer;
    }
}

int Value::compare(const Value& other) const {
    if (is_number() && other.is_number()) {
        if (kind_ <= ValueKind::integer && other.kind_ <= ValueKind::integer) {
            return order(payload_.integer, other.payload_.integer);
        }
        if (kind_ != ValueKind::decimal && other.kind_ != ValueKind::decimal) {
            const double a = kind_ == ValueKind::real ? payload_.real : static_cast<double>(payload_.integer);
            const double b = other.kind_ == ValueKind::real ? other.payload_.real : static_cast<double>(other.payload_.integer);
            if (a != b) return order(a, b);  // equal ones may differ past 2^53
        }
        return order(number_of(*this), number_of(other));
    }
    if (kind_ == ValueKind::object && shape_.type->compare) return shape_.type->compare(payload_.self, other);
    if (other.kind_ == ValueKind::object && other.shape_.type->compare) {
        const int result = other.shape_.type->compare(other.payload_.self, *this);
        return result == kUnordered ? result : -result;
    }
    if (is_sequence(*this) && is_sequence(other) && is_tuple() == other.is_tuple()) {
        return compare_sequences(*this, other);
    }
    if (kind_ != other.kind_) return kUnordered;
    switch (kind_) {
        case ValueKind::string: return order(as_text().compare(other.as_text()), 0);
        case ValueKind::date:
        case ValueKind::time:
        case ValueKind::duration: return order(payload_.integer, other.payload_.integer);
        case ValueKind::datetime:
            return is_naive() == other.is_naive() ? order(payload_.integer, other.payload_.integer) : kUnordered;
        default: return kUnordered;
    }
}

void Value::append_str(std::string& out) const {
    switch (kind_) {
        case ValueKind::missing: break;
        case ValueKind::null: out += "None"; break;
        case ValueKind::boolean: out += payload_.integer ? "True" : "False"; break;
        case ValueKind::integer: append_integer(out, payload_.integer); break;
        case ValueKind::real: append_real(out, payload_.real); break;
        case ValueKind::decimal:
        case ValueKind::string: out += as_text(); break;
        case ValueKind::date: Date{payload_.integer}.append_iso(out); break;
        case ValueKind::time: Time{payload_.integer}.append_iso(out); break;
        case ValueKind::datetime: append_datetime(out, *this, ' '); break;
        case ValueKind::duration: append_duration(out, payload_.integer); break;
        case ValueKind::list: append_items(out, *this, 0); break;
        case ValueKind::map: append_mapping(out, *this, 0); break;
        case ValueKind::object: append_object(out, *this, 0); break;
        case ValueKind::callable: out += "<function>"; break;
    }
}

void Value::append_repr(std::string& out) const { append_repr_at(out, *this, 0); }

std::string Value::str() const {
    std::string out;
    append_str(out);
    return out;
}

Value Value::as_safe(bool safe) const& { return Value(*this).as_safe(safe); }

Value Value::as_safe(bool safe) && {
    if (kind_ == ValueKind::string) {
        flags_ = static_cast<std::uint8_t>(safe ? flags_ | kSafe : flags_ & ~kSafe);
    }
    return std::move(*this);
}

}  // namespace nuages

// Lookups in values: keys, attributes, items, lengths.

#include <nuages/utils/value.hpp>

#include <nuages/utils/datetime.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/unicode.hpp>
#include <nuages/utils/utf8.hpp>

namespace nuages {

namespace {

// Length, index and iteration of text all step by utf8_step: they agree on ill-formed text too.
std::size_t count_characters(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); i += utils::utf8_step(text, i).size) ++count;
    return count;
}

DateTime wall_clock(const Value& value) {
    const DateTime at{value.as_integer()};
    return value.zone() ? timezone::make_naive(at, *value.zone()) : at;
}

// What keys(), values() and items() give: views that have a length and an order, and no index.
struct MappingView final : RefCounted {
    std::vector<Value> items;
};
const MappingView& view(const void* self) { return *static_cast<const MappingView*>(self); }

void view_iterate(const void* self, const Value&, FunctionRef<bool(Value)> each) {
    for (const Value& item : view(self).items) {
        if (!each(item)) return;
    }
}
std::int64_t view_size(const void* self) { return static_cast<std::int64_t>(view(self).items.size()); }
template <char Kind> void view_str(const void* self, std::string& out) {
    out += Kind == 'k' ? "dict_keys(" : Kind == 'v' ? "dict_values(" : "dict_items(";
    Value::list(view(self).items).append_repr(out);
    out += ')';
}

constexpr ObjectType kViewTypes[] = {
    {.name = "dict_items", .iterate = view_iterate, .size = view_size, .str = view_str<'i'>},
    {.name = "dict_keys", .iterate = view_iterate, .size = view_size, .str = view_str<'k'>},
    {.name = "dict_values", .iterate = view_iterate, .size = view_size, .str = view_str<'v'>},
};

Value pairs_of(const Value& mapping, int which) {
    auto made = make_ref<MappingView>();
    mapping.each_pair([&](Value key, Value item) {
        if (which == 0) {
            made->items.push_back(Value::tuple({std::move(key), std::move(item)}));
        } else {
            made->items.push_back((which == 1 ? std::move(key) : std::move(item)).persistent());
        }
        return true;
    });
    return Value::object(made, made.get(), kViewTypes[which]);
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
        std::string text = value.str();
        if (value.kind() == ValueKind::datetime) text[text.find(' ')] = 'T';
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
            while (i < text.size() && index-- > 0) i += utils::utf8_step(text, i).size;
            if (i >= text.size()) return {};
            return Value(text.substr(i, utils::utf8_step(text, i).size));
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
                const std::size_t length = utils::utf8_step(text, i).size;
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

}  // namespace nuages

#include <nuages/utils/value.hpp>

#include <nuages/utils/decimal.hpp>
#include <nuages/utils/uuid.hpp>

#include <cstdlib>
#include <string>

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

Value Value::whole(std::string_view digits) {
    Value value = decimal(digits);
    value.flags_ = kWhole;
    return value;
}

Value Value::naive_datetime(std::int64_t microseconds, bool fold) noexcept {
    Value value = scalar(ValueKind::datetime, microseconds);
    value.flags_ = fold ? kNaive | kFold : kNaive;
    return value;
}

Value Value::zoned_datetime(std::int64_t utc_microseconds, const timezone::TimeZone& zone, bool keeps_zone) noexcept {
    Value value = scalar(ValueKind::datetime, utc_microseconds);
    value.flags_ = keeps_zone ? kZoned | kKeepsZone : kZoned;
    value.shape_.zone = &zone;
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

Value to_value(const Uuid& value) { return Value(value.str()); }
Value to_value(const Decimal& value) { return Value::decimal(value.str()); }

namespace detail {
Value keeper_of(Ref<RefCounted> owner) {
    static constexpr ObjectType nothing{.name = "object"};
    const void* self = owner.get();
    return Value::object(std::move(owner), self, nothing);
}
Value list_of(const std::vector<bool>& items) {
    std::vector<Value> values;
    for (bool item : items) values.push_back(item);
    return Value::list(std::move(values));
}
}  // namespace detail

const std::vector<Value>& Value::as_list() const noexcept {
    return static_cast<const ListBuffer*>(payload_.self)->items;
}

const std::vector<Value::Item>& Value::as_map() const noexcept {
    return static_cast<const MapBuffer*>(payload_.self)->items;
}

Value Value::call() const { return static_cast<const CallBuffer*>(payload_.self)->function(); }

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
            const double b =
                other.kind_ == ValueKind::real ? other.payload_.real : static_cast<double>(other.payload_.integer);
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

Value Value::as_safe(bool safe) const& { return Value(*this).as_safe(safe); }

Value Value::as_safe(bool safe) && {
    if (kind_ == ValueKind::string) {
        flags_ = static_cast<std::uint8_t>(safe ? flags_ | kSafe : flags_ & ~kSafe);
    }
    return std::move(*this);
}

}  // namespace nuages

// Value: what a template, a form widget or a serializer sees of a C++ object at run time.
//
// 32 bytes: a kind, flags, one shared owner, and either a scalar or a pointer with its size or type. Text and objects
// are borrowed or shared, so copying a Value is at most one reference count. An object stays what it is: ObjectType, a
// table of function pointers written once for its C++ type, answers lookups, so a model or a queryset needs no map of
// its fields. to_value.hpp turns C++ values into Values; a type joins in with an ADL function `Value to_value(const
// T&)`.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/utils/safe_string.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages {

class Value;
struct ObjectType;
namespace timezone {
class TimeZone;
}

/// What a Value holds. `missing` is a failed lookup: no Python counterpart, printed as string_if_invalid.
enum class ValueKind : std::uint8_t {
    missing,
    null,
    boolean,
    integer,
    real,
    decimal,  // digits as text; also integers past 64 bits
    string,
    date,
    time,
    datetime,
    duration,
    list,
    map,
    object,
    callable,
};

/// The hash that lookups compare names by (FNV-1a).
constexpr std::uint32_t hash_name(std::string_view name) {
    std::uint32_t hash = 2166136261u;
    for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    return hash;
}

/// Equality of short names without a call of memcmp.
constexpr bool same_name(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i]) return false;
    }
    return true;
}

/// One step of a dotted lookup: the name as written, and its number where it is one (`rows.0`).
struct Key {
    std::string_view name;
    std::int64_t index = -1;  // meaningful when is_index
    std::uint32_t hash = 0;   // hash_name(name)
    bool is_index = false;

    constexpr Key(std::string_view text) : name(text), hash(hash_name(text)) {
        if (text.empty() || text.size() > 18) return;
        std::int64_t number = 0;
        for (char c : text) {
            if (c < '0' || c > '9') return;
            number = number * 10 + (c - '0');
        }
        index = number;
        is_index = true;
    }
    constexpr Key(const char* text) : Key(std::string_view(text)) {}
};

/// A run-time value. Copies share text and objects; the content is immutable.
class Value {
public:
    using Item = std::pair<Value, Value>;

    Value() noexcept {}
    Value(std::nullptr_t) noexcept : kind_(ValueKind::null) {}
    template <std::same_as<bool> T> Value(T value) noexcept : kind_(ValueKind::boolean) { payload_.integer = value; }
    template <std::integral T>
    requires(!std::same_as<T, bool>) Value(T value) : kind_(ValueKind::integer) {
        if constexpr (sizeof(T) == 8 && !std::is_signed_v<T>) {
            if (value > static_cast<T>(INT64_MAX)) {
                *this = whole(unsigned_text(value));
                return;
            }
        }
        payload_.integer = static_cast<std::int64_t>(value);
    }
    template <std::floating_point T> Value(T value) noexcept : kind_(ValueKind::real) {
        payload_.real = static_cast<double>(value);
    }
    /// Copies the text; a SafeString keeps its mark.
    template <class T>
    requires(std::convertible_to<const T&, std::string_view> && !std::same_as<T, Value>) Value(const T& text)
        : Value(std::string_view(text), std::derived_from<T, SafeString>) {}
    Value(std::string&& text);
    Value(SafeString&& text);

    Value(const Value& other) noexcept
        : kind_(other.kind_),
          flags_(other.flags_),
          extra_(other.extra_),
          owner_(other.owner_),
          payload_(other.payload_),
          shape_(other.shape_) {
        if (owner_) owner_->retain();
    }
    Value(Value&& other) noexcept { take(other); }
    Value& operator=(const Value& other) noexcept { return *this = Value(other); }
    Value& operator=(Value&& other) noexcept {
        RefCounted* const former = owner_;
        if (this != &other) {
            take(other);
            if (former) former->release();
        }
        return *this;
    }
    ~Value() {
        if (owner_) owner_->release();
    }

    /// Text that outlives the value and its copies: not copied.
    static Value borrow(std::string_view text, bool safe = false) noexcept;
    /// HTML that needs no escaping; copied.
    static Value safe(std::string_view html) { return Value(html, true); }
    /// A decimal number given by its digits ("-12.50").
    static Value decimal(std::string_view digits);
    /// A whole number of any size, a decimal that knows it is one.
    static Value whole(std::string_view digits);
    /// A calendar day: days since 1970-01-01.
    static Value date(std::int64_t days) noexcept { return scalar(ValueKind::date, days); }
    /// A time of day in microseconds since midnight.
    static Value time(std::int64_t microseconds) noexcept { return scalar(ValueKind::time, microseconds); }
    /// A point in time, microseconds since 1970-01-01 UTC: shown in the current time zone.
    static Value datetime(std::int64_t microseconds) noexcept { return scalar(ValueKind::datetime, microseconds); }
    /// A wall clock reading without a zone (Python's naive datetime). FOLD: the second one of an hour that comes twice.
    static Value naive_datetime(std::int64_t microseconds, bool fold = false) noexcept;
    /// A point in time with a zone of its own (a Python datetime with tzinfo). With KEEPS_ZONE it is shown there, whatever
    /// the current zone is.
    static Value zoned_datetime(std::int64_t utc_microseconds, const timezone::TimeZone& zone,
                                bool keeps_zone = false) noexcept;
    static Value duration(std::int64_t microseconds) noexcept { return scalar(ValueKind::duration, microseconds); }
    static Value list(std::vector<Value> items);
    /// A list that prints as a Python tuple.
    static Value tuple(std::vector<Value> items);
    /// Keeps the order of ITEMS; keys are distinct.
    static Value map(std::vector<Item> items);
    /// A function that a lookup calls. With ALTERS_DATA templates refuse to (django: alters_data).
    static Value callable(Function<Value()> function, bool alters_data = false);
    /// An object that outlives the value.
    static Value object(const void* self, const ObjectType& type) noexcept;
    /// An object kept alive by OWNER.
    static Value object(Ref<RefCounted> owner, const void* self, const ObjectType& type) noexcept;

    /// Makes a borrowed value share what keeps PARENT alive: for parts of an owned object.
    Value&& within(const Value& parent) && noexcept {
        if (!owner_ && parent.owner_ && kind_ >= ValueKind::decimal) {
            owner_ = parent.owner_;
            owner_->retain();
        }
        return std::move(*this);
    }

    ValueKind kind() const noexcept { return kind_; }
    bool is_missing() const noexcept { return kind_ == ValueKind::missing; }
    bool is_null() const noexcept { return kind_ == ValueKind::null; }
    bool is_string() const noexcept { return kind_ == ValueKind::string; }
    bool is_number() const noexcept { return kind_ >= ValueKind::boolean && kind_ <= ValueKind::decimal; }
    bool is_safe() const noexcept { return flags_ & kSafe; }
    bool is_tuple() const noexcept { return kind_ == ValueKind::list && (flags_ & kTuple); }
    /// An integer, or a decimal that was made by whole().
    bool is_whole() const noexcept {
        return kind_ == ValueKind::integer || (kind_ == ValueKind::decimal && (flags_ & kWhole));
    }
    bool is_naive() const noexcept { return flags_ & kNaive; }
    bool is_fold() const noexcept { return flags_ & kFold; }
    bool keeps_zone() const noexcept { return flags_ & kKeepsZone; }
    bool alters_data() const noexcept { return flags_ & kAltersData; }
    /// The zone of a datetime that has its own, else null.
    const timezone::TimeZone* zone() const noexcept { return flags_ & kZoned ? shape_.zone : nullptr; }

    /// The payload of boolean, integer, date (days), time, datetime and duration (microseconds).
    std::int64_t as_integer() const noexcept { return payload_.integer; }
    double as_real() const noexcept { return payload_.real; }
    /// The text of a string or the digits of a decimal.
    std::string_view as_text() const noexcept { return {payload_.text, shape_.size}; }
    const std::vector<Value>& as_list() const noexcept;
    const std::vector<Item>& as_map() const noexcept;
    const void* self() const noexcept { return payload_.self; }
    const ObjectType* type() const noexcept { return kind_ == ValueKind::object ? shape_.type : nullptr; }
    /// The object as T when its type table is TYPE, else nullptr.
    template <class T> const T* as(const ObjectType& type) const noexcept {
        return kind_ == ValueKind::object && shape_.type == &type ? static_cast<const T*>(payload_.self) : nullptr;
    }
    Value call() const;

    /// One lookup step in Django's order: map key, attribute, index. Missing if there is none; callables are not
    /// called.
    Value get(const Key& key) const;
    /// The item at INDEX of a list, string or sized object; missing past the end.
    Value at(std::size_t index) const;
    /// The number of items, characters or pairs; -1 where there is no length.
    std::int64_t size() const;
    /// Calls EACH for every item (a map's keys, a string's characters) until it answers false. False if not iterable.
    bool iterate(FunctionRef<bool(Value)> each) const;
    bool is_iterable() const noexcept;
    bool is_mapping() const noexcept;
    /// Calls EACH for the pairs of a map. False if the value is not a mapping.
    bool each_pair(FunctionRef<bool(Value key, Value value)> each) const;

    /// Python's bool(): false for missing, null, zero, empty text and containers.
    bool truthy() const;
    /// Python's ==: numbers compare across kinds, text with text; never throws.
    bool equals(const Value& other) const;
    /// Python's ordering as -1, 0, 1; kUnordered where it raises TypeError.
    int compare(const Value& other) const;
    static constexpr int kUnordered = 2;
    bool is_identical(const Value& other) const noexcept;

    /// Appends Python's str(): True, None, 1.5, [1, 'a'] ...
    void append_str(std::string& out) const;
    /// Appends Python's repr().
    void append_repr(std::string& out) const;
    std::string str() const;

    /// Marks a string as safe or not; other kinds stay as they are.
    Value as_safe(bool safe = true) const&;
    Value as_safe(bool safe = true) &&;
    /// Text in a buffer that is reused soon (a renderer's scratch strings); `persistent()` copies it when it must stay.
    static Value transient(std::string_view text, bool safe = false) noexcept;
    Value persistent() &&;
    Value persistent() const&;

private:
    enum Flag : std::uint8_t {
        kSafe = 1,
        kTuple = 2,
        kWhole = 2,  // of decimals
        kNaive = 4,
        kZoned = 8,
        kAltersData = 16,
        kTransient = 32,
        kKeepsZone = 64,
        kFold = 128,
    };
    union Payload {
        std::int64_t integer = 0;
        double real;
        const char* text;
        const void* self;
    };
    union Shape {
        std::size_t size = 0;
        const ObjectType* type;
        const timezone::TimeZone* zone;
    };

    // Two moves of sixteen bytes; the other one is missing afterwards.
    void take(Value& other) noexcept {
        __builtin_memcpy(static_cast<void*>(this), &other, sizeof(Value));
        other.kind_ = ValueKind::missing;
        other.owner_ = nullptr;
    }

    Value(std::string_view text, bool safe);
    static Value scalar(ValueKind kind, std::int64_t payload) noexcept;
    static std::string unsigned_text(std::uint64_t value);

    ValueKind kind_ = ValueKind::missing;
    std::uint8_t flags_ = 0;
    std::int16_t extra_ = 0;
    RefCounted* owner_ = nullptr;
    Payload payload_;
    Shape shape_;
};

static_assert(sizeof(Value) == 32);

/// How one C++ type answers at run time; any function may be null. OWNER is the Value that holds SELF: parts that
/// point into SELF are returned `.within(owner)`.
struct ObjectType {
    std::string_view name;  ///< class name for messages
    /// Attribute or item KEY; missing if there is none. May call a method and return its result.
    Value (*get)(const void* self, const Key& key, const Value& owner) = nullptr;
    /// Items in order until EACH answers false (a mapping's keys).
    void (*iterate)(const void* self, const Value& owner, FunctionRef<bool(Value)> each) = nullptr;
    std::int64_t (*size)(const void* self) = nullptr;
    /// Random access; goes with size.
    Value (*at)(const void* self, std::size_t index, const Value& owner) = nullptr;
    /// Set for mappings: pairs in order until EACH answers false.
    void (*pairs)(const void* self, const Value& owner, FunctionRef<bool(Value, Value)> each) = nullptr;
    void (*str)(const void* self, std::string& out) = nullptr;
    bool (*truthy)(const void* self) = nullptr;
    bool (*equals)(const void* self, const Value& other) = nullptr;
    /// Python's ordering as -1, 0, 1, Value::kUnordered.
    int (*compare)(const void* self, const Value& other) = nullptr;
    bool html_safe = false;  ///< str() gives HTML (django.utils.html.html_safe): forms, widgets
};

namespace detail {
/// A value that does nothing but keep OWNER alive.
Value keeper_of(Ref<RefCounted> owner);
Value list_of(const std::vector<bool>& items);
}  // namespace detail

}  // namespace nuages

// One value on its way to or from a database: Cell is what a row holds, Param what a placeholder is bound to.
//
// Both borrow: a Cell's text is valid during the row callback, a Param's text must live until the call returns.
// Neither ever takes a plain bool or double parameter, so that a pointer or an int cannot turn into one by accident.
#pragma once

#include <nuages/utils/datetime.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace nuages::db {

/// The last four come from databases that have such types; elsewhere they arrive as text, or as an integer.
enum class CellKind : std::uint8_t { null, integer, real, text, blob, date, time, datetime, duration };

/// One column of the current row: 16 bytes, borrowed. The accessors expect the kind; `decode` converts.
class Cell {
public:
    constexpr Cell() = default;
    static constexpr Cell from_integer(std::int64_t value) { return Cell(CellKind::integer, value); }
    static constexpr Cell from_real(double value) { return Cell(value); }
    static constexpr Cell from_text(std::string_view value) { return Cell(CellKind::text, value); }
    static constexpr Cell from_blob(std::string_view value) { return Cell(CellKind::blob, value); }
    static constexpr Cell from_date(Date value) { return Cell(CellKind::date, value.days); }
    static constexpr Cell from_time(Time value) { return Cell(CellKind::time, value.microseconds); }
    static constexpr Cell from_datetime(DateTime value) { return Cell(CellKind::datetime, value.microseconds); }
    static constexpr Cell from_duration(Duration value) { return Cell(CellKind::duration, value.microseconds); }

    constexpr CellKind kind() const { return kind_; }
    constexpr bool is_null() const { return kind_ == CellKind::null; }
    /// An integer; days of a date; microseconds of a time, datetime or duration.
    constexpr std::int64_t integer() const { return integer_; }
    constexpr double real() const { return real_; }
    /// The bytes of a text or a blob; NUL bytes are part of them.
    constexpr std::string_view text() const { return {data_, std::size_t{size_}}; }  // else the concepts of iterators are asked

private:
    constexpr Cell(CellKind kind, std::int64_t value) : kind_(kind), integer_(value) {}
    constexpr explicit Cell(double value) : kind_(CellKind::real), real_(value) {}
    constexpr Cell(CellKind kind, std::string_view value)
        : kind_(kind), size_(static_cast<std::uint32_t>(value.size())), data_(value.data()) {}

    CellKind kind_ = CellKind::null;
    std::uint32_t size_ = 0;
    union {
        std::int64_t integer_ = 0;
        double real_;
        const char* data_;
    };
};

/// Marks bytes to be bound as a blob.
struct Blob {
    std::string_view bytes;
};

enum class ParamKind : std::uint8_t {
    null,
    boolean,
    integer,
    real,
    text,
    blob,
    date,
    time,
    datetime,
    duration,
    decimal,
    uuid,
    json
};

/// Text that a database with such a type should take as a decimal, a UUID or JSON; elsewhere it is text.
struct TypedText {
    ParamKind kind;
    std::string_view text;
};

/// One bound value: 24 bytes, borrowed.
class Param {
public:
    constexpr Param() = default;
    constexpr Param(std::nullptr_t) {}
    constexpr Param(std::nullopt_t) {}
    constexpr Param(std::same_as<bool> auto value) : kind_(ParamKind::boolean), integer_(value) {}
    /// Throws DataError for an unsigned value past 2^63 - 1.
    template <std::integral T>
    requires(!std::same_as<T, bool>) constexpr Param(T value)
        : kind_(ParamKind::integer), integer_(static_cast<std::int64_t>(value)) {
        if constexpr (std::is_unsigned_v<T> && sizeof(T) == 8) {
            if (integer_ < 0) throw_out_of_range(value);
        }
    }
    constexpr Param(std::floating_point auto value) : kind_(ParamKind::real), real_(static_cast<double>(value)) {}
    template <std::convertible_to<std::string_view> T> constexpr Param(const T& value) : kind_(ParamKind::text) {
        const std::string_view view = value;
        data_ = view.data();
        size_ = view.size();
    }
    constexpr Param(Blob value) : kind_(ParamKind::blob), size_(value.bytes.size()), data_(value.bytes.data()) {}
    constexpr Param(TypedText value) : kind_(value.kind), size_(value.text.size()), data_(value.text.data()) {}
    constexpr Param(Date value) : kind_(ParamKind::date), integer_(value.days) {}
    constexpr Param(Time value) : kind_(ParamKind::time), integer_(value.microseconds) {}
    constexpr Param(DateTime value) : kind_(ParamKind::datetime), integer_(value.microseconds) {}
    constexpr Param(Duration value) : kind_(ParamKind::duration), integer_(value.microseconds) {}
    template <class T> constexpr Param(const std::optional<T>& value) : Param(value ? Param(*value) : Param()) {}

    constexpr ParamKind kind() const { return kind_; }
    constexpr bool is_null() const { return kind_ == ParamKind::null; }
    /// boolean, integer; days of a date; microseconds of a time, datetime or duration.
    constexpr std::int64_t integer() const { return integer_; }
    constexpr double real() const { return real_; }
    constexpr std::string_view text() const { return {data_, size_}; }

private:
    [[noreturn]] static void throw_out_of_range(unsigned long long value);

    ParamKind kind_ = ParamKind::null;
    std::size_t size_ = 0;
    union {
        std::int64_t integer_ = 0;
        double real_;
        const char* data_;
    };
};

/// `decode(cell, value)` reads a column into a C++ value, as the typed rows of `query<...>` need it.
/// Throws DataError when the column holds something else (a null for a plain int, say; optional takes nulls).
void decode(const Cell& cell, bool& value);
void decode(const Cell& cell, std::int64_t& value);
void decode(const Cell& cell, double& value);
void decode(const Cell& cell, std::string& value);
void decode(const Cell& cell, Date& value);
void decode(const Cell& cell, Time& value);
void decode(const Cell& cell, DateTime& value);
void decode(const Cell& cell, Duration& value);
template <std::integral T>
requires(!std::same_as<T, bool> && !std::same_as<T, std::int64_t>) void decode(const Cell& cell, T& value);
template <class T> void decode(const Cell& cell, std::optional<T>& value) {
    if (cell.is_null()) {
        value.reset();
    } else {
        decode(cell, value.emplace());
    }
}

namespace detail {
[[noreturn]] void throw_does_not_fit(std::int64_t value);
}  // namespace detail

template <std::integral T>
requires(!std::same_as<T, bool> && !std::same_as<T, std::int64_t>) void decode(const Cell& cell, T& value) {
    std::int64_t wide = 0;
    decode(cell, wide);
    value = static_cast<T>(wide);
    if (static_cast<std::int64_t>(value) != wide || (std::is_unsigned_v<T> && wide < 0))
        detail::throw_does_not_fit(wide);
}

}  // namespace nuages::db

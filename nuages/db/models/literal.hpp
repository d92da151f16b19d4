// Owning run-time values of queries: what stands on the right of a lookup, in an UPDATE, in a data-only record.
#pragma once

#include <nuages/base/concepts.hpp>
#include <nuages/base/duration.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/utils/datetime.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nuages {
class Value;
}

namespace nuages::db::models {

/// A name or path ("author__name__icontains"): borrowed when it is a literal of the program, owned otherwise.
class Name {
public:
    constexpr Name() = default;
    /// Borrows `text`, which must live as long as the program (a string literal, a template argument).
    static Name borrow(std::string_view text) {
        Name name;
        name.view_ = text;
        return name;
    }
    Name(std::string text);
    Name(std::string_view text);
    Name(const char* text);

    constexpr std::string_view view() const { return view_; }
    constexpr operator std::string_view() const { return view_; }
    constexpr bool empty() const { return view_.empty(); }
    friend bool operator==(const Name& a, std::string_view b) { return a.view_ == b; }

private:
    struct Holder;
    std::string_view view_;
    Ref<const RefCounted> owner_;
};

/// An owned value of one SQL kind. Dates are days since 1970-01-01, times and datetimes microseconds (UTC).
class Literal {
public:
    enum class Kind : std::uint8_t {
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
        decimal,  ///< its canonical text
        uuid,     ///< 32 hexadecimal digits
        json,     ///< its text
        list,     ///< of `in` and `range`, of composite keys
        expression  ///< in a record that waits to be saved: F("n") + 1; empty: the database's default
    };

    Literal() = default;
    Literal(std::nullptr_t) {}
    template <std::same_as<bool> T>
    Literal(T value) : kind_(Kind::boolean), integer_(value) {}
    template <class T>
        requires(is_integer<T> && !std::is_same_v<T, bool>)
    Literal(T value) : kind_(Kind::integer), integer_(static_cast<std::int64_t>(value)) {}
    template <class T>
        requires is_fraction<T>
    Literal(T value) : kind_(Kind::real), real_(static_cast<double>(value)) {}
    Literal(std::string text);
    template <class T>
        requires(!std::is_same_v<T, std::string> && !std::is_same_v<T, Literal> && ConvertsTo<const T&, std::string_view>)
    Literal(const T& text) : kind_(Kind::text), integer_(0), text_(std::string_view(text)) {}
    Literal(Duration value) : kind_(Kind::duration), integer_(value.microseconds) {}
    Literal(Date value) : kind_(Kind::date), integer_(value.days) {}
    Literal(Time value) : kind_(Kind::time), integer_(value.microseconds) {}
    Literal(DateTime value) : kind_(Kind::datetime), integer_(value.microseconds) {}
    Literal(std::vector<Literal> values);

    static Literal blob(std::string bytes);
    static Literal decimal(std::string digits);
    static Literal uuid(std::string digits);
    /// An expression to be written by save(), an empty one for the database's default. Only records hold these.
    static Literal expression(Ref<const RefCounted> tree);
    static Literal json(std::string text);

    Kind kind() const { return kind_; }
    bool is_null() const { return kind_ == Kind::null; }
    /// The value of boolean, integer, date, time, datetime and duration.
    std::int64_t integer() const { return integer_; }
    double real() const { return kind_ == Kind::real ? real_ : static_cast<double>(integer_); }
    /// The value of text, blob, decimal, uuid and json.
    const std::string& text() const { return text_; }
    const std::vector<Literal>& list() const;
    /// The Expression of kind expression; null for the database's default.
    const RefCounted* tree() const { return list_.get(); }

    friend bool operator==(const Literal& a, const Literal& b);
    friend nuages::Value to_value(const Literal& value);  ///< for templates and messages
    /// A total order for sorting keys: by kind, then by value.
    friend bool operator<(const Literal& a, const Literal& b);

private:
    struct List;
    static Literal textual(Kind kind, std::string value);

    Kind kind_ = Kind::null;
    union {
        std::int64_t integer_ = 0;
        double real_;
    };
    std::string text_;
    Ref<const RefCounted> list_;  // a List, or an Expression
};

/// How Python would show the literal; error messages use it ("'abc'", "5", "None").
std::string repr(const Literal& value);

/// As Python's str() shows it: texts without quotes, "2020-02-29", "1 day, 0:00:00"; a list as the tuple of a composite key.
std::string python_str(const Literal& value);
/// Python's name of the value's type, for messages: "int", "str", "NoneType".
std::string_view python_type_name(const Literal& value);

}  // namespace nuages::db::models

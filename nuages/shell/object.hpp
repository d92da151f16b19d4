// Object: what an expression of the query shell evaluates to. Plain values are Literals; everything else is a shared,
// reference-counted thing of one of the types below, found with `as<T>()`.
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/base/function.hpp>
#include <nuages/db/models/instance.hpp>
#include <nuages/db/models/literal.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/shell/fwd.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::shell {

namespace models = db::models;
using models::Literal;

/// An exception of the language: `type` is its name as Python shows it ("Book.DoesNotExist").
class Raised : public Error {
public:
    Raised(std::string type, std::string message) : Error(std::move(message)), type_(std::move(type)) {}
    const char* name() const noexcept override { return type_.c_str(); }

private:
    std::string type_;
};

class Object {
public:
    Object() = default;  ///< None
    Object(Literal literal) : literal_(std::move(literal)) {}
    template <class T>
        requires std::is_base_of_v<RefCounted, T>
    Object(const Ref<T>& held) : held_(held) {}

    bool is_literal() const { return !held_; }
    bool is_none() const { return !held_ && literal_.is_null(); }
    /// TypeError unless it is a plain value.
    const Literal& literal() const;
    template <class T> T* as() const { return dynamic_cast<T*>(held_.get()); }
    RefCounted* held() const { return held_.get(); }
    Ref<RefCounted> ref() const { return held_; }

private:
    Literal literal_;
    Ref<RefCounted> held_;
};

struct Sequence final : RefCounted {
    enum class Kind : std::uint8_t { list, tuple, set };
    Kind kind = Kind::list;
    std::vector<Object> items;
    std::vector<std::string> names;  ///< of a named tuple
    explicit Sequence(Kind which, std::vector<Object> values = {}) : kind(which), items(std::move(values)) {}
};

struct Mapping final : RefCounted {
    std::vector<std::pair<Object, Object>> items;
    const Object* find(const Object& key) const;
    void set(const Object& key, Object value);
};

/// What a call is given.
struct Arguments {
    std::string function;  ///< for messages
    std::vector<Object> positional;
    std::vector<std::pair<std::string, Object>> named;

    bool has(std::string_view name) const;
    /// The argument at `index`, or by `name`; null if it was not given.
    const Object* find(std::size_t index, std::string_view name) const;
    /// The same; TypeError with Python's text if it was not given.
    const Object& at(std::size_t index, std::string_view name) const;
    bool flag(std::size_t index, std::string_view name, bool otherwise = false) const;
    /// TypeError for more positional arguments, or names that are not in `known` (separated by spaces).
    void check(std::size_t positional_max, std::string_view known) const;
};

struct Callable final : RefCounted {
    std::string name;
    Function<Object(const Arguments&)> call;
    Callable(std::string title, Function<Object(const Arguments&)> code)
        : name(std::move(title)), call(std::move(code)) {}
};

/// A module or another thing with fixed attributes ("transaction", "dt"); methods are found by name when asked for.
struct Namespace final : RefCounted {
    std::string name;
    Function<Object(std::string_view)> attribute;  ///< throws AttributeError
    Namespace(std::string title, Function<Object(std::string_view)> find)
        : name(std::move(title)), attribute(std::move(find)) {}
};

struct ModelClass final : RefCounted {
    const models::ModelMeta& meta;
    explicit ModelClass(const models::ModelMeta& model) : meta(model) {}
};

struct ExceptionClass final : RefCounted {
    std::string name;
    explicit ExceptionClass(std::string title) : name(std::move(title)) {}
};

/// An exception as a value: ValueError("boom"), or what `except ... as` names.
struct ExceptionObject final : RefCounted {
    std::string type, message;
    ExceptionObject(std::string title, std::string text) : type(std::move(title)), message(std::move(text)) {}
};

/// What stands behind `with`: runs a block inside something.
struct Context final : RefCounted {
    Function<void(FunctionRef<void()>)> run;
    Function<Object()> value;      ///< what `as` names; empty: None
    Function<void()> enter, leave;  ///< `__enter__` and `__exit__`, where it can be used without a block
    explicit Context(Function<void(FunctionRef<void()>)> around) : run(std::move(around)) {}
};

Object list_of(std::vector<Object> items);
Object tuple_of(std::vector<Object> items);
Object callable(std::string name, Function<Object(const Arguments&)> code);

bool truthy(const Object& value);
bool equal(const Object& a, const Object& b);
/// Python's `<`; TypeError where the types have no order.
bool less(const Object& a, const Object& b);
std::string repr(const Object& value);
/// Python's name of the type: "int", "str", "Book".
std::string type_name(const Object& value);

/// A Literal of it: lists and tuples become lists, dicts JSON. TypeError for other things.
Literal to_literal(const Object& value);
std::string text_of(const Object& value);          ///< TypeError unless it is a str
std::int64_t integer_of(const Object& value);      ///< TypeError unless it is an int or bool
std::vector<Object> items_of(const Object& value);  ///< the elements of anything iterable (querysets are fetched)
/// JSON text as dicts, lists and plain values, and back.
Object from_json(std::string_view text);
std::string to_json(const Object& value);

}  // namespace nuages::shell

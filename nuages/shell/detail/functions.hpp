// Tables of the language's names.
#pragma once

#include <nuages/db/models/raw.hpp>
#include <nuages/shell/detail/values.hpp>

#include <string_view>
#include <vector>

namespace nuages::shell {

struct Builtin {
    std::string_view name;
    Object (*call)(const Arguments&);
};

/// Django's functions, expressions and constants.
bool find_django_name(std::string_view name, Object& found);
std::vector<std::string> django_names();
/// Modules and objects: dt, timezone, transaction, connection, UTC.
bool find_module(std::string_view name, Object& found);
std::vector<std::string_view> module_names();
/// Whether `import NAME` can stand: modules that examples import.
bool is_module(std::string_view name);
/// `from MODULE import NAME`. False: there is none.
bool imported(std::string_view module, std::string_view name, Object& found);

Object expression_attribute(const Ref<Expression>& expression, std::string_view name);
Object condition_attribute(const Ref<Condition>& condition, std::string_view name);
/// strftime() of a date, time or datetime.
std::string moment_text(const Literal& value, std::string_view format);
/// Attributes of plain values: `date.year`, `text.upper()`.
Object value_attribute(const Object& of, std::string_view name);

Object call_namespace(const Namespace& module, const Arguments& arguments);
std::string zone_name(const Object& value);
/// The SQL and parameters of cursor.execute() and raw().
models::RawStatement raw_statement(const Arguments& arguments);

/// `instance._state`.
struct InstanceState final : RefCounted {
    Ref<Instance> instance;
    explicit InstanceState(Ref<Instance> of) : instance(std::move(of)) {}
    Object get(std::string_view name) const;
    void set(std::string_view name, const Object& value);
};

}  // namespace nuages::shell

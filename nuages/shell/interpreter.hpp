// Interpreter: runs trees of the query shell's language, Django's query syntax, on the run-time query API.
//
// A tree is JSON, as the shell's parser makes it and as the recorded conformance cases have it: {"call": ..., "args":
// [...], "kwargs": [[name, tree]...]}, {"attr": ..., "of": ...}, {"name": ...}, {"const": ...}, {"op": ..., "args"},
// {"index" or {"slice"}, "of"}, {"list" | "tuple" | "set" | "dict"}, {"lambda", "body"}, {"for", "in", "yield"};
// statements: {"seq"}, {"assign", "value"}, {"with", "body"}, {"try", "except", "handler"}, {"raise"}, {"def"}.
#pragma once

#include <nuages/db/models/query.hpp>
#include <nuages/shell/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace boost::json {
class value;
}

namespace nuages::shell {

class Interpreter {
public:
    /// The models of `registry` are in scope by their names, and so is all of Django's query language.
    explicit Interpreter(const models::Registry& registry);
    ~Interpreter();
    Interpreter(const Interpreter&) = delete;

    /// The value of the tree's last expression (None for other statements). Throws Raised, or what the query API throws.
    Object run(const boost::json::value& tree);
    void set(std::string name, Object value);
    /// How relations that were not selected are fetched (by default with those of their peers); for all interpreters.
    static void set_fetch_mode(models::FetchMode mode);
    /// Every name in scope, for completion.
    std::vector<std::string> names() const;
    /// What may follow a dot behind `value`, for completion.
    static std::vector<std::string> attributes(const Object& value);

private:
    struct State;
    State* state_;
};

/// An attribute of any object. Throws Raised("AttributeError").
Object attribute(const Object& of, std::string_view name);
void set_attribute(const Object& of, std::string_view name, const Object& value);
Object invoke(const Object& function, const Arguments& arguments);
/// All names of the language that are not models: functions, expressions, constants. Null Object if there is none.
bool find_builtin(std::string_view name, Object& found);
std::vector<std::string> builtin_names();

}  // namespace nuages::shell

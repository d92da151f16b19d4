// Replays recorded cases of Django's behaviour (conformance/*.json, see docs of the data set).
//
// A kind is a file's stem; each kind has one function that runs a file's cases, listed in kinds.cpp. A kind whose cases
// name a function (`fn`) dispatches through explicit tables of handlers, one table per source file.
#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::conformance {

namespace json = boost::json;

/// Thrown by a handler: the case is not run, and counts as skipped.
struct Skip : std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// Thrown by a handler for an outcome that is an error in Django's sense.
struct Refused : std::runtime_error {
    Refused(std::string kind, const std::string& message) : std::runtime_error(message), kind(std::move(kind)) {}
    std::string kind;
};
/// Thrown when an argument has a type that the C++ function does not take: what Python refuses with TypeError.
struct WrongType : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The database that cases with queries run on: "sqlite", or "postgresql" (--database).
extern std::string database;

/// A field of a case as that database has it: "result_pg" before "result". Null when absent.
const json::value* recorded(const json::object& one, std::string_view name);

/// What became of the cases of a file.
class Report {
public:
    void pass() { ++passed_; }
    void fail(std::string_view id, const std::string& expected, const std::string& got);
    void skip(std::string_view id, const std::string& reason);

    /// Prints skipped cases by reason, and the closing line.
    void close() const;
    int failed() const { return failed_; }
    bool verbose = false;

private:
    int passed_ = 0;
    int failed_ = 0;
    int skipped_ = 0;
    std::map<std::string, std::vector<std::string>> reasons_;
};

struct File {
    std::string path;
    json::object content;

    const json::array& cases() const { return content.at("cases").as_array(); }
    /// A companion ("orm_models.json") from the file's folder, else from the shared data set.
    json::object companion(std::string_view name) const;
};

File read_file(const std::string& path);
/// The program: its arguments, its exit code.
int run(int count, char** arguments);

using RunFile = void (*)(const File& file, Report& report);
struct Kind {
    std::string_view name;
    RunFile run;
};
/// All kinds that can be run, by file stem.
const std::vector<Kind>& kinds();

/// One case of a kind with functions.
struct Case {
    const File& file;
    const json::object& fields;

    std::string_view id() const { return fields.at("id").as_string(); }
    std::string_view function() const { return fields.at("fn").as_string(); }
    bool has(std::string_view name) const { return fields.contains(name); }
    const json::value& at(std::string_view name) const { return fields.at(name); }

    std::size_t count() const;
    /// A positional argument; null when it is absent.
    const json::value& arg(std::size_t i) const;
    /// A keyword argument, or null.
    const json::value& keyword(std::string_view name) const;
    /// The argument at `i`, or the keyword `name`, or null.
    const json::value& arg(std::size_t i, std::string_view name) const;
    /// A setting of the case, else of the file's base settings.
    const json::value& setting(std::string_view name) const;
};

/// Stops the clock at the case's "now".
class FrozenClock {
public:
    explicit FrozenClock(const Case& one);
    ~FrozenClock();
    FrozenClock(const FrozenClock&) = delete;
    FrozenClock& operator=(const FrozenClock&) = delete;
};

/// Why Nuages answers this case differently on purpose (differences.cpp); empty for all others.
std::string_view difference_of(std::string_view id);

/// Computes the output of a case.
struct Handler {
    std::string_view function;
    json::value (*run)(const Case&);
};
using HandlerTable = std::vector<Handler>;

/// Runs a case through the handler and compares the outcome with the recorded one.
void run_case(const Case& one, const HandlerTable& handlers, Report& report);

// Tagged values of the data.
std::string text(const json::value& value);             // str, safe, lazy, strcat; WrongType otherwise
std::string str(const json::value& value);              // Python's str() of strings, numbers, booleans, None, bytes ...
std::int64_t integer(const json::value& value);         // int or bool
bool truthy(const json::value& value, bool otherwise);  // null: `otherwise`
std::string_view type_tag(const json::value& value);    // "$type", or empty
json::value bytes(std::string_view content);
/// Tuples and sets as arrays, marked strings as plain ones: what outputs are compared as.
json::value normalized(const json::value& value);

}  // namespace nuages::conformance

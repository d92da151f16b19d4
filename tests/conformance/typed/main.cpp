// nuages_conformance_typed [-v] [--database postgresql] FILE FOLDER: the recorded queries that tools/ast_to_cpp turned into
// typed C++ in FOLDER, run and compared.
#include "../orm_outcome.hpp"
#include "../orm_values.hpp"
#include "models.hpp"

#include <nuages/db/backends/postgresql/testing.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>

std::vector<nuages::conformance::TypedCase> all_cases();

namespace nuages::conformance {

namespace {

/// Where the typed layer means to answer otherwise.
std::string_view typed_difference(std::string_view id) {
    if (id == "reverse-028") return "a declared Reverse is known to lookups by its member's name beside related_query_name";
    if (id == "union-intersection-difference-034")
        return "Django gives the first column of the union, whatever values_list() names; a typed row has the type of the named one";
    return {};
}

json::value result_of(const TypedCase& one) {
    Out out;
    one.run(out);
    return json::parse(out.text);
}

/// Django asks for an output_field where the C++ types say it.
bool needs_no_output_field(const json::object& one) {
    const json::value* message = recorded(one, "error_message");
    return message && message->is_string() && message->as_string().find("Expression contains mixed types") != std::string::npos;
}

/// What typed code says otherwise and means the same: its exceptions have no model's name before their own, and it may send
/// fewer statements.
void as_recorded(const json::object& one, Outcome& outcome) {
    const json::value* error = recorded(one, "error");
    if (error && error->is_string() && !outcome.error.empty()) {
        const std::string wanted(error->as_string());
        if (wanted.ends_with("." + outcome.error)) outcome.error = wanted;
        if (wanted.ends_with(".RelatedObjectDoesNotExist") && outcome.error == "DoesNotExist") outcome.error = wanted;
    }
    outcome.queries = std::max(outcome.queries, recorded(one, "num_queries")->as_int64());
}

std::map<std::string, std::string> reasons(const std::string& path) {
    std::map<std::string, std::string> all;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        if (const auto tab = line.find('\t'); tab != line.npos) all[line.substr(0, tab)] = line.substr(tab + 1);
    }
    return all;
}

int run_file(const std::string& path, const std::string& folder, bool verbose) {
    const File file = read_file(path);
    Report report;
    report.verbose = verbose;
    const std::map<std::string, std::string> skipped = reasons(folder + "/skipped.tsv");
    std::map<std::string, TypedCase> cases;
    for (TypedCase& one : all_cases()) cases.emplace(one.id, one);
    const auto run_all = [&] {
        const OrmModels recorded(file);  // their tables and rows; the typed models have the same names
        recorded.load(file);
        all_models();
        const OrmState state(recorded);
        for (const json::value& value : file.cases()) {
            const json::object& one = value.as_object();
            const std::string id(one.at("id").as_string());
            const std::string_view difference = difference_of(id).empty() ? typed_difference(id) : difference_of(id);
            const auto found = cases.find(id);
            if (!difference.empty()) {
                report.skip(id, std::string(difference));
            } else if (found == cases.end()) {
                const auto reason = skipped.find(id);
                report.skip(id, reason == skipped.end() ? "not translated" : reason->second);
            } else if (needs_no_output_field(one)) {
                report.skip(id, "the C++ types decide: no output_field is needed");
            } else {
                Outcome outcome = outcome_of([&] { return result_of(found->second); });
                as_recorded(one, outcome);
                judge(one, outcome, state, report, same_keys);
            }
        }
    };
    if (database == "postgresql")
        db::postgresql::with_database(run_all);
    else
        db::sqlite::with_memory_database(run_all);
    report.close();
    return report.failed() ? 1 : 0;
}

}  // namespace
}  // namespace nuages::conformance

int main(int argc, char** argv) {
    using nuages::conformance::database;
    bool verbose = false;
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; ++at) {
        if (std::strcmp(argv[at], "-v") == 0) verbose = true;
        else if (std::strcmp(argv[at], "--database") == 0 && at + 1 < argc) database = argv[++at];
        else break;
    }
    if (argc - at != 2) {
        std::cerr << "nuages_conformance_typed [-v] [--database postgresql] FILE FOLDER\n";
        return 2;
    }
    return nuages::conformance::run_file(argv[at], argv[at + 1], verbose);
}

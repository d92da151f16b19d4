// nuages_conformance_typed FILE: the recorded queries that tools/ast_to_cpp turned into typed C++, run and compared.
#include "../orm_models.hpp"
#include "../orm_values.hpp"
#include "models.hpp"

#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/db/transaction.hpp>

#include <cstring>
#include <fstream>
#include <iostream>
#include <map>

std::vector<nuages::conformance::TypedCase> all_cases();

namespace nuages::conformance {

namespace {

bool writes(std::string_view django) {
    for (std::string_view word : {".update(", ".delete(", "create(", ".save("}) {
        if (django.find(word) != django.npos) return true;
    }
    return false;
}

/// Where the typed layer means to answer otherwise.
std::string_view typed_difference(std::string_view id) {
    if (id == "reverse-028") return "a declared Reverse is known to lookups by its member's name beside related_query_name";
    if (id == "union-intersection-difference-034")
        return "Django gives the first column of the union, whatever values_list() names; a typed row has the type of the named one";
    return {};
}

/// SQLite says at COMMIT that a key refers to nothing; these blocks are rolled back, so it is asked.
bool breaks_foreign_keys() {
    for (auto [table, row, parent, index] :
         db::connection().query<std::string, std::int64_t, std::string, std::int64_t>("PRAGMA foreign_key_check"))
        return true;
    return false;
}

std::string run(const TypedCase& one, bool changes, std::int64_t& queries) {
    Out out;
    db::ManualAtomic block;
    const db::StatsScope scope;
    try {
        one.run(out);
    } catch (const Error& error) {
        out.text = "error: " + error.message();
    } catch (const std::exception& error) {
        out.text = std::string("error: ") + error.what();
    }
    queries = scope.stats().count;
    if (changes && !out.text.starts_with("error: ") && breaks_foreign_keys()) out.text = "error: FOREIGN KEY constraint failed";
    block.rollback();
    return out.text;
}

void judge(const json::object& one, const std::string& got, std::int64_t queries, Report& report) {
    const std::string_view id = one.at("id").as_string();
    const std::string django(one.at("django").as_string());
    const json::value* error = one.if_contains("error");
    if (error && !error->is_null()) {
        const json::value* message = one.if_contains("error_message");
        const std::string expected =
            "error: " + (message && message->is_string() ? std::string(message->as_string()) : "");
        if (expected.find("Expression contains mixed types") != expected.npos)
            return report.skip(id, "the C++ types decide: no output_field is needed");
        if (expected == "error: " ? got.starts_with(expected) : got == expected) return report.pass();
        return report.fail(id, expected + "  of " + django, got);
    }
    const json::value& expected = one.at("result");
    const json::value* compare = one.if_contains("compare");
    const bool ordered = !compare || compare->as_string() == "exact";
    boost::system::error_code ignored;
    const json::value result = json::parse(got, ignored);
    bool right = !got.starts_with("error: ") && !ignored && same_keys(expected, result, ordered);
    std::string shown = got;
    if (right && !writes(django) && queries != one.at("num_queries").as_int64()) {
        right = false;
        shown += " in " + std::to_string(queries) + " queries";
    }
    if (right) return report.pass();
    report.fail(id, json::serialize(expected) + "  of " + django, shown);
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
    db::sqlite::with_memory_database([&] {
        const OrmModels recorded(file);  // their tables and rows; the typed models have the same names
        recorded.load(file);
        all_models();
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
            } else {
                std::int64_t queries = 0;
                const std::string got = run(found->second, writes(std::string(one.at("django").as_string())), queries);
                judge(one, got, queries, report);
            }
        }
    });
    report.close();
    return report.failed() ? 1 : 0;
}

}  // namespace
}  // namespace nuages::conformance

int main(int argc, char** argv) {
    const bool verbose = argc > 1 && std::strcmp(argv[1], "-v") == 0;
    const char* const* rest = argv + 1 + verbose;
    if (argc - 1 - verbose != 2) {
        std::cerr << "nuages_conformance_typed [-v] FILE FOLDER\n";
        return 2;
    }
    return nuages::conformance::run_file(rest[0], rest[1], verbose);
}

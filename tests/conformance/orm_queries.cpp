// orm_queries.json: recorded queries, run by the query shell's interpreter: results, errors, end states and the number
// of statements. The shell's parser must give the recorded tree from the recorded text.
#include "orm_models.hpp"
#include "orm_outcome.hpp"
#include "orm_values.hpp"

#include <nuages/db/backends/postgresql/testing.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/shell/detail/parser.hpp>
#include <nuages/shell/interpreter.hpp>

namespace nuages::conformance {
namespace {

Outcome evaluate(const OrmModels& models, const json::value& tree) {
    shell::Interpreter interpreter(models.registry);
    return outcome_of([&] { return json_of(interpreter.run(tree)); });
}

void run_one(const json::object& one, const OrmModels& models, const OrmState& state, Report& report) {
    const std::string_view id = one.at("id").as_string();
    const json::value tree = shell::parse(std::string(one.at("django").as_string()));
    if (!(tree == one.at("ast"))) return report.fail(id, json::serialize(one.at("ast")), "the parser gives " + json::serialize(tree));
    judge(one, evaluate(models, tree), state, report, same);
}

}  // namespace

void run_orm_queries(const File& file, Report& report) {
    const auto run_all = [&] {
        const OrmModels models(file);
        models.load(file);
        const OrmState state(models);
        // The recording fetches relations one by one, as Django does unless it is told otherwise.
        shell::Interpreter::set_fetch_mode(models::FetchMode::one);
        for (const json::value& one : file.cases()) {
            const std::string_view reason = difference_of(one.at("id").as_string());
            if (!reason.empty())
                report.skip(one.at("id").as_string(), std::string(reason));
            else
                run_one(one.as_object(), models, state, report);
        }
    };
    if (database == "postgresql")
        db::postgresql::with_database(run_all);
    else
        db::sqlite::with_memory_database(run_all);
}

}  // namespace nuages::conformance

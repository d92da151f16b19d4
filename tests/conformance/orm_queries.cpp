// orm_queries.json: the trees of recorded queries, evaluated on the run-time query API against SQLite.
#include "orm_models.hpp"
#include "orm_values.hpp"

#include <nuages/db/backends/postgresql/testing.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/db/transaction.hpp>

namespace nuages::conformance {
namespace {

bool writes(const json::value& tree) {
    const std::string text = json::serialize(tree);
    return text.find("\"update\"") != text.npos || text.find("\"delete\"") != text.npos;
}

void run_one(const json::object& one, const OrmModels& models, Report& report) {
    const std::string_view id = one.at("id").as_string();
    std::string expected, got;
    const json::value* error = recorded(one, "error");
    json::value result;
    std::int64_t queries = 0;
    const bool writing = writes(one.at("ast"));
    try {
        db::ManualAtomic block;
        const db::StatsScope scope;
        try {
            result = evaluated(models, one.at("ast"));
            got = json::serialize(result);
        } catch (const Refused& refused) {
            got = "error: " + std::string(refused.what());
        } catch (const Error& refused) {
            got = "error: " + refused.message();
        }
        queries = scope.stats().count;
        block.rollback();
    } catch (const Skip& skip) {
        return report.skip(id, std::string("not understood: ") + skip.what());
    } catch (const std::exception& failure) {
        got = std::string("error: ") + failure.what();
    }
    if (error && !error->is_null()) {
        const json::value* message = recorded(one, "error_message");
        expected = "error: " + (message && message->is_string() ? std::string(message->as_string()) : "");
        const bool any_text = expected == "error: ";
        if (any_text ? got.starts_with("error: ") : got == expected) return report.pass();
        return report.fail(id, expected + "  of " + std::string(one.at("django").as_string()), got);
    }
    const json::value* compare = one.if_contains("compare");
    const bool ordered = !compare || compare->as_string() == "exact";
    bool right = !got.starts_with("error: ") && same(*recorded(one, "result"), result, ordered);
    if (right && !writing && queries != recorded(one, "num_queries")->as_int64()) {
        right = false;
        got += " in " + std::to_string(queries) + " queries";
    }
    if (right) return report.pass();
    report.fail(id, json::serialize(*recorded(one, "result")) + "  of " + std::string(one.at("django").as_string()), got);
}

}  // namespace

void run_orm_queries(const File& file, Report& report) {
    const auto run_all = [&] {
        const OrmModels models(file);
        models.load(file);
        for (const json::value& one : file.cases()) {
            const std::string_view reason = difference_of(one.at("id").as_string());
            if (!reason.empty())
                report.skip(one.at("id").as_string(), std::string(reason));
            else
                run_one(one.as_object(), models, report);
        }
    };
    if (database == "postgresql")
        db::postgresql::with_database(run_all);
    else
        db::sqlite::with_memory_database(run_all);
}

}  // namespace nuages::conformance

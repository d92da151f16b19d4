// orm_queries.json: recorded queries, run by the query shell's interpreter: results, errors, end states and the number
// of statements. The shell's parser must give the recorded tree from the recorded text.
#include "orm_models.hpp"
#include "orm_state.hpp"
#include "orm_values.hpp"

#include <nuages/core/validators/validation_error.hpp>
#include <nuages/db/backends/postgresql/testing.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/shell/detail/operators.hpp>
#include <nuages/shell/detail/parser.hpp>
#include <nuages/shell/interpreter.hpp>
#include <nuages/utils/timezone.hpp>

namespace nuages::conformance {
namespace {

/// What became of a case.
struct Outcome {
    json::value result;
    std::string error;    ///< Python's name; empty: none
    std::string message;
    json::object errors;  ///< of a ValidationError: texts by field
    std::int64_t queries = 0;
    bool wrote = false;

    std::string text() const { return error.empty() ? json::serialize(result) : error + ": " + message; }
};

bool is_reading(std::string_view sql) {
    return sql.starts_with("SELECT") || sql.starts_with("EXPLAIN") || sql.starts_with("PRAGMA");
}

void take_error(Outcome& outcome, const Error& error) {
    outcome.error = shell::exception_name(error);
    outcome.message = error.message();
    if (const auto* invalid = dynamic_cast<const ValidationError*>(&error)) {
        ValidationError::Fields fields;
        invalid->update_error_dict(fields);
        for (const auto& [field, items] : fields) {
            json::array texts;
            for (const auto& item : items) texts.push_back(json::value(item.text()));
            outcome.errors[field] = std::move(texts);
        }
    } else if (outcome.error == "ValidationError") {
        outcome.errors["__all__"] = json::array{json::value(error.message())};
    }
}

Outcome evaluate(const OrmModels& models, const json::value& tree) {
    Outcome outcome;
    shell::Interpreter interpreter(models.registry);
    const db::StatsScope scope(true);
    try {
        outcome.result = json_of(interpreter.run(tree));
    } catch (const Error& error) {
        take_error(outcome, error);
    } catch (const std::exception& failure) {
        outcome.error = "RuntimeError";
        outcome.message = failure.what();
    }
    outcome.queries = scope.stats().count + scope.stats().transactions;
    for (const std::string& sql : scope.stats().statements) outcome.wrote |= !is_reading(sql);
    timezone::deactivate();
    return outcome;
}

// Errors by field, as texts.
bool same_errors(const json::object& expected, const json::object& got) {
    json::object wanted;
    for (const auto& [field, items] : expected) {
        json::array texts;
        for (const json::value& item : items.as_array()) texts.push_back(item.at("message"));
        wanted[field] = std::move(texts);
    }
    return same(wanted, got, false);
}

bool right_error(const json::object& one, const Outcome& outcome) {
    const json::value* name = recorded(one, "error");
    if (outcome.error != std::string_view(name->as_string())) return false;
    if (const json::value* errors = one.if_contains("errors"); errors && errors->is_object())
        return same_errors(errors->as_object(), outcome.errors);
    const json::value* message = recorded(one, "error_message");
    return !message || !message->is_string() || message->as_string() == outcome.message;
}

void run_one(const json::object& one, const OrmModels& models, const OrmState& state, Report& report) {
    const std::string_view id = one.at("id").as_string();
    const std::string text(one.at("django").as_string());
    const json::value tree = shell::parse(text);
    if (!(tree == one.at("ast"))) return report.fail(id, json::serialize(one.at("ast")), "the parser gives " + json::serialize(tree));
    const Outcome outcome = evaluate(models, tree);
    std::string wrong;
    const json::value* error = recorded(one, "error");
    if (database == "postgresql" && one.contains("result_pg") && !one.contains("error_pg")) error = nullptr;  // SQLite's
    const json::value* compare = one.if_contains("compare");
    if (error && !error->is_null()) {
        if (!right_error(one, outcome)) wrong = "another outcome";
    } else if (!outcome.error.empty()) {
        wrong = "an error";
    } else if (compare && compare->as_string() != "backend-dependent" &&
               !same(*recorded(one, "result"), outcome.result, compare->as_string() == "exact")) {
        wrong = "another result";
    }
    // A statement that is alone needs no BEGIN and COMMIT around it: where Django sends them, ours are two less.
    const std::int64_t expected_queries = recorded(one, "num_queries")->as_int64();
    const bool spared = outcome.wrote && outcome.queries == expected_queries - 2;
    if (wrong.empty() && outcome.queries != expected_queries && !spared)
        wrong = std::to_string(outcome.queries) + " queries instead of " + std::to_string(recorded(one, "num_queries")->as_int64());
    if (outcome.wrote) {
        json::object changes;
        try {
            changes = state.changes();
        } catch (const Error& error) {
            wrong = "rows that cannot be read: " + error.message();
        }
        const json::value* after = recorded(one, "after");
        if (wrong.empty() && !same(after && after->is_object() ? *after : json::value(json::object()), changes, false))
            wrong = "another end state: " + json::serialize(changes);
        state.restore();
    }
    if (wrong.empty()) return report.pass();
    const json::value* message = recorded(one, "error_message");
    const bool failed = error && !error->is_null();
    report.fail(id,
                (failed ? std::string(error->as_string()) + ": " + (message && message->is_string() ? std::string(message->as_string()) : "")
                        : json::serialize(*recorded(one, "result"))) +
                    "  of " + text,
                wrong + "; " + outcome.text());
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

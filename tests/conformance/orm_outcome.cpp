#include "orm_outcome.hpp"

#include "orm_values.hpp"

#include <nuages/core/validators/validation_error.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/shell/detail/operators.hpp>
#include <nuages/utils/timezone.hpp>

namespace nuages::conformance {
namespace {

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

}  // namespace

Outcome outcome_of(FunctionRef<json::value()> run) {
    Outcome outcome;
    const db::StatsScope scope(true);
    try {
        outcome.result = run();
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

void judge(const json::object& one, const Outcome& outcome, const OrmState& state, Report& report,
           bool (*same_result)(const json::value&, const json::value&, bool)) {
    const std::string_view id = one.at("id").as_string();
    const std::string text(one.at("django").as_string());
    std::string wrong;
    const json::value* error = recorded(one, "error");
    if (database == "postgresql" && one.contains("result_pg") && !one.contains("error_pg")) error = nullptr;  // SQLite's
    const json::value* compare = one.if_contains("compare");
    if (error && !error->is_null()) {
        if (!right_error(one, outcome)) wrong = "another outcome";
    } else if (!outcome.error.empty()) {
        wrong = "an error";
    } else if (compare && compare->as_string() != "backend-dependent" &&
               !same_result(*recorded(one, "result"), outcome.result, compare->as_string() == "exact")) {
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

}  // namespace nuages::conformance

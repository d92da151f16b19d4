// What became of a recorded query: its result or error, its statements, and whether that is what Django recorded.
#pragma once

#include "orm_state.hpp"

#include <nuages/base/function.hpp>

#include <cstdint>
#include <string>

namespace nuages::conformance {

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

/// Runs CASE, which gives its result.
Outcome outcome_of(FunctionRef<json::value()> run);

/// Reports whether OUTCOME is the recorded one, in its end state and number of statements too, and puts the tables back.
/// SAME compares results: expected, got, in order or not.
void judge(const json::object& one, const Outcome& outcome, const OrmState& state, Report& report,
           bool (*same_result)(const json::value&, const json::value&, bool));

}  // namespace nuages::conformance

// Django's numeric functions and aggregates for SQLite. NULL in, NULL out; outside a function's domain it is an error,
// as in Python.
#include <nuages/db/backends/sqlite/functions.hpp>
#include <nuages/db/errors.hpp>

#include <sqlite3.h>

#include <cmath>
#include <cstdint>
#include <numbers>

namespace nuages::db::sqlite {

namespace {

bool any_null(int count, sqlite3_value** arguments) {
    for (int i = 0; i < count; ++i) {
        if (sqlite3_value_type(arguments[i]) == SQLITE_NULL) return true;
    }
    return false;
}

void fail(sqlite3_context* context) { sqlite3_result_error(context, "user-defined function raised exception", -1); }

void give(sqlite3_context* context, double value) {
    if (std::isnan(value)) return fail(context);
    sqlite3_result_double(context, value);
}

using Unary = double (*)(double);
template <Unary Compute> void unary(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (any_null(1, arguments)) return sqlite3_result_null(context);
    give(context, Compute(sqlite3_value_double(arguments[0])));
}

double acos_of(double x) { return std::acos(x); }
double asin_of(double x) { return std::asin(x); }
double atan_of(double x) { return std::atan(x); }
double cos_of(double x) { return std::cos(x); }
double cot_of(double x) { return 1 / std::tan(x); }
double degrees_of(double x) { return x * 180 / std::numbers::pi; }
double exp_of(double x) { return std::exp(x); }
double ln_of(double x) { return x > 0 ? std::log(x) : std::nan(""); }
double radians_of(double x) { return x * std::numbers::pi / 180; }
double sin_of(double x) { return std::sin(x); }
double sqrt_of(double x) { return std::sqrt(x); }
double tan_of(double x) { return std::tan(x); }

// Whole numbers, as Python's floor() and ceil() give.
template <Unary Compute> void whole(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (any_null(1, arguments)) return sqlite3_result_null(context);
    if (sqlite3_value_type(arguments[0]) == SQLITE_INTEGER)
        return sqlite3_result_int64(context, sqlite3_value_int64(arguments[0]));
    const double value = Compute(sqlite3_value_double(arguments[0]));
    if (!(value >= -0x1p63 && value < 0x1p63)) return fail(context);
    sqlite3_result_int64(context, static_cast<std::int64_t>(value));
}
double floor_of(double x) { return std::floor(x); }
double ceil_of(double x) { return std::ceil(x); }

void sign(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (any_null(1, arguments)) return sqlite3_result_null(context);
    const double value = sqlite3_value_double(arguments[0]);
    sqlite3_result_int(context, (value > 0) - (value < 0));
}

void atan2_of(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (any_null(2, arguments)) return sqlite3_result_null(context);
    give(context, std::atan2(sqlite3_value_double(arguments[0]), sqlite3_value_double(arguments[1])));
}

void log_of(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (any_null(2, arguments)) return sqlite3_result_null(context);
    const double base = sqlite3_value_double(arguments[0]), x = sqlite3_value_double(arguments[1]);
    if (base <= 0 || base == 1 || x <= 0) return fail(context);
    // Exact for the usual bases.
    give(context, base == 10 ? std::log10(x) : base == 2 ? std::log2(x) : std::log(x) / std::log(base));
}

void mod_of(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (any_null(2, arguments)) return sqlite3_result_null(context);
    const double y = sqlite3_value_double(arguments[1]);
    if (y == 0) return fail(context);
    give(context, std::fmod(sqlite3_value_double(arguments[0]), y));
}

void pi_of(sqlite3_context* context, int, sqlite3_value**) { sqlite3_result_double(context, std::numbers::pi); }

void power(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (any_null(2, arguments)) return sqlite3_result_null(context);
    const double x = sqlite3_value_double(arguments[0]), y = sqlite3_value_double(arguments[1]);
    const double result = std::pow(x, y);
    const bool whole = sqlite3_value_type(arguments[0]) == SQLITE_INTEGER &&
                       sqlite3_value_type(arguments[1]) == SQLITE_INTEGER && y >= 0 && std::abs(result) < 0x1p53;
    if (whole) return sqlite3_result_int64(context, static_cast<std::int64_t>(result));
    give(context, result);
}

void bit_xor(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (any_null(2, arguments)) return sqlite3_result_null(context);
    sqlite3_result_int64(context, sqlite3_value_int64(arguments[0]) ^ sqlite3_value_int64(arguments[1]));
}

void random_of(sqlite3_context* context, int, sqlite3_value**) {
    std::uint64_t bits = 0;
    sqlite3_randomness(sizeof bits, &bits);
    sqlite3_result_double(context, static_cast<double>(bits >> 11) * 0x1p-53);
}

/// Mean and sum of squared distances so far (Welford), in SQLite's own memory.
struct Spread {
    double mean = 0, squares = 0;
    std::int64_t count = 0;
};

void spread_step(sqlite3_context* context, int, sqlite3_value** arguments) {
    auto* spread = static_cast<Spread*>(sqlite3_aggregate_context(context, sizeof(Spread)));
    if (!spread) return sqlite3_result_error_nomem(context);
    if (any_null(1, arguments)) return;
    const double value = sqlite3_value_double(arguments[0]);
    ++spread->count;
    const double distance = value - spread->mean;
    spread->mean += distance / static_cast<double>(spread->count);
    spread->squares += distance * (value - spread->mean);
}

template <bool Sample, bool Root> void spread_result(sqlite3_context* context) {
    const auto* spread = static_cast<Spread*>(sqlite3_aggregate_context(context, 0));
    const std::int64_t count = spread ? spread->count : 0;
    if (count < (Sample ? 2 : 1)) return sqlite3_result_null(context);
    const double variance = spread->squares / static_cast<double>(Sample ? count - 1 : count);
    sqlite3_result_double(context, Root ? std::sqrt(variance) : variance);
}

/// The first value, which may be NULL.
struct First {
    sqlite3_value* value = nullptr;
};

void any_step(sqlite3_context* context, int, sqlite3_value** arguments) {
    auto* first = static_cast<First*>(sqlite3_aggregate_context(context, sizeof(First)));
    if (!first) return sqlite3_result_error_nomem(context);
    if (!first->value) first->value = sqlite3_value_dup(arguments[0]);
}

void any_result(sqlite3_context* context) {
    auto* first = static_cast<First*>(sqlite3_aggregate_context(context, 0));
    if (!first || !first->value) return sqlite3_result_null(context);
    sqlite3_result_value(context, first->value);
    sqlite3_value_free(first->value);
    first->value = nullptr;
}

}  // namespace

void register_math_functions(sqlite3* handle) {
    struct Function {
        const char* name;
        int arguments;
        void (*call)(sqlite3_context*, int, sqlite3_value**);
    };
    static constexpr Function kFunctions[] = {
        {"ACOS", 1, unary<acos_of>},   {"ASIN", 1, unary<asin_of>},       {"ATAN", 1, unary<atan_of>},
        {"ATAN2", 2, atan2_of},        {"BITXOR", 2, bit_xor},            {"CEILING", 1, whole<ceil_of>},
        {"COS", 1, unary<cos_of>},     {"COT", 1, unary<cot_of>},         {"DEGREES", 1, unary<degrees_of>},
        {"EXP", 1, unary<exp_of>},     {"FLOOR", 1, whole<floor_of>},     {"LN", 1, unary<ln_of>},
        {"LOG", 2, log_of},            {"MOD", 2, mod_of},                {"PI", 0, pi_of},
        {"POWER", 2, power},           {"RADIANS", 1, unary<radians_of>}, {"SIGN", 1, sign},
        {"SIN", 1, unary<sin_of>},     {"SQRT", 1, unary<sqrt_of>},       {"TAN", 1, unary<tan_of>},
    };
    const auto check = [&](int result) {
        if (result != SQLITE_OK) throw OperationalError(sqlite3_errmsg(handle));
    };
    constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
    for (const Function& function : kFunctions)
        check(sqlite3_create_function_v2(handle, function.name, function.arguments, kFlags, nullptr, function.call,
                                         nullptr, nullptr, nullptr));
    check(sqlite3_create_function_v2(handle, "RAND", 0, SQLITE_UTF8, nullptr, random_of, nullptr, nullptr, nullptr));
    const auto aggregate = [&](const char* name, void (*step)(sqlite3_context*, int, sqlite3_value**),
                               void (*result)(sqlite3_context*)) {
        check(sqlite3_create_function_v2(handle, name, 1, kFlags, nullptr, nullptr, step, result, nullptr));
    };
    aggregate("STDDEV_POP", spread_step, spread_result<false, true>);
    aggregate("STDDEV_SAMP", spread_step, spread_result<true, true>);
    aggregate("VAR_POP", spread_step, spread_result<false, false>);
    aggregate("VAR_SAMP", spread_step, spread_result<true, false>);
    aggregate("ANY_VALUE", any_step, any_result);
}

}  // namespace nuages::db::sqlite

#include <nuages/base/log.hpp>
#include <nuages/db/backend.hpp>
#include <nuages/db/database.hpp>
#include <nuages/db/detail/transaction_state.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/operations.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace nuages::db {

namespace {

[[gnu::noinline]] void count_query(QueryStats& stats, std::string_view sql, std::int64_t microseconds) {
    ++stats.count;
    stats.microseconds += microseconds;
    if (stats.record) stats.statements.emplace_back(sql);
}

std::string shown(const Param& param) {
    switch (param.kind()) {
        case ParamKind::null: return "None";
        case ParamKind::boolean: return param.integer() ? "True" : "False";
        case ParamKind::integer: return std::to_string(param.integer());
        case ParamKind::real: return std::to_string(param.real());
        case ParamKind::blob: return "<" + std::to_string(param.text().size()) + " bytes>";
        case ParamKind::date: return "'" + Date{param.integer()}.iso() + "'";
        case ParamKind::time: return "'" + Time{param.integer()}.iso() + "'";
        case ParamKind::datetime: return "'" + DateTime{param.integer()}.iso() + "'";
        case ParamKind::duration: return std::to_string(param.integer());
        default: return "'" + std::string(param.text()) + "'";
    }
}

/// The line that Django writes to its logger of this name: "(0.001) SELECT ...; args=(1, 'x'); alias=default".
[[gnu::cold, gnu::noinline]] void log_query(std::string_view sql, std::span<const Param> params, std::int64_t microseconds,
                                            const std::string& alias) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "(%.3f) ", static_cast<double>(microseconds) / 1e6);
    std::string line = seconds + std::string(sql) + "; args=(";
    for (std::size_t i = 0; i < params.size(); ++i) line += (i ? ", " : "") + shown(params[i]);
    log::debug("django.db.backends", line + (params.size() == 1 ? ",)" : ")") + "; alias=" + alias);
}

/// Rewrites %s to the vendor's placeholders and %% to %. Throws ProgrammingError when the counts differ.
std::string with_placeholders(std::string_view sql, std::size_t params, const Operations& operations) {
    std::string out;
    out.reserve(sql.size());
    std::size_t used = 0;
    for (std::size_t i = 0; i < sql.size(); ++i) {
        if (sql[i] != '%') {
            out += sql[i];
            continue;
        }
        const char next = ++i < sql.size() ? sql[i] : '\0';
        if (next == '%') {
            out += '%';
        } else if (next == 's') {
            operations.placeholder(out, ++used);
        } else {
            throw ProgrammingError(
                "unsupported format character after '%': write %s for a parameter and %% for a percent sign",
                std::string(sql));
        }
    }
    if (used != params) {
        throw ProgrammingError("Incorrect number of bindings supplied. The statement uses " + std::to_string(used) +
                                   ", and there are " + std::to_string(params) + " supplied.",
                               std::string(sql));
    }
    return out;
}

/// Rewrites %(name)s, and finds the parameters in the order of their use.
std::string with_named_placeholders(std::string_view sql, std::span<const NamedParam> named, std::vector<Param>& params,
                                    const Operations& operations) {
    std::string out;
    out.reserve(sql.size());
    for (std::size_t i = 0; i < sql.size(); ++i) {
        if (sql[i] != '%') {
            out += sql[i];
            continue;
        }
        if (sql.substr(i, 2) == "%%") {
            out += '%';
            ++i;
            continue;
        }
        const std::size_t close = sql.find(")s", i);
        if (sql.substr(i, 2) != "%(" || close == sql.npos)
            throw ProgrammingError(
                "unsupported format character after '%': write %(name)s for a parameter and %% for a percent sign",
                std::string(sql));
        const std::string_view name = sql.substr(i + 2, close - i - 2);
        const NamedParam* found = nullptr;
        for (const NamedParam& entry : named) {
            if (entry.name == name) found = &entry;
        }
        if (!found)
            throw ProgrammingError("the parameter '" + std::string(name) + "' was not given", std::string(sql));
        params.push_back(found->value);
        operations.placeholder(out, params.size());
        i = close + 1;
    }
    return out;
}

}  // namespace

const std::string& Connection::alias() const { return database_->alias(); }
std::string_view Connection::vendor() const { return database_->driver().vendor(); }
const Features& Connection::features() const { return database_->driver().features(); }
const Operations& Connection::operations() const { return database_->driver().operations(); }
const Introspection& Connection::introspection() const { return database_->driver().introspection(); }

bool Connection::in_atomic_block() const {
    const detail::Context* context = detail::find_context();
    return context && context->find(*database_);
}

ExecuteResult Connection::run(std::string_view sql, std::span<const Param> params, bool shared, Send send) const {
    async::require_fiber("A database query");
    const detail::Context& context = detail::context();
    if (context.wrappers) [[unlikely]]
        return run_wrapped(sql, params, shared, send);
    return run_unwrapped(context, sql, params, shared, send);
}

ExecuteResult Connection::run_wrapped(std::string_view sql, std::span<const Param> params, bool shared, Send send) const {
    return detail::execute_wrapped(*this, sql, params, [&](std::string_view text, std::span<const Param> values) {
        return run_unwrapped(detail::context(), text, values, shared, send);
    });
}

namespace {

[[gnu::noinline]] ExecuteResult run_within(detail::Transaction& transaction, std::string_view sql, std::span<const Param> params,
                                           FunctionRef<ExecuteResult(Session&, std::string_view, std::span<const Param>)> send) {
    return transaction.execute([&](Session& session) { return send(session, sql, params); });
}

}  // namespace

// Its frame stays on the stack of every fiber that waits for an answer.
ExecuteResult Connection::run_unwrapped(const detail::Context& context, std::string_view sql, std::span<const Param> params, bool shared, Send send) const {
    struct Count {  // a statement that fails was sent, too
        QueryStats& stats;
        const std::string_view& sql;
        const std::span<const Param>& params;
        const Database& database;
        ExecuteResult result = {};
        ~Count() {
            count_query(stats, sql, result.microseconds);
            if (log::enabled(log::Level::debug)) [[unlikely]]
                log_query(sql, params, result.microseconds, database.alias());
        }
    } counted{*context.stats, sql, params, *database_};
    if (detail::Transaction* transaction = context.find(*database_)) {
        counted.result = run_within(*transaction, sql, params, send);
    } else {
        const detail::Lease lease(*database_, shared && database_->driver().shareable(sql));
        counted.result = send(lease.session(), sql, params);
    }
    return counted.result;
}

ExecuteResult Connection::execute(std::string_view sql, std::span<const Param> params, RowSink sink) const {
    return run(sql, params, true, [&](Session& session, std::string_view text, std::span<const Param> values) {
        return session.execute(text, values, sink);
    });
}

ExecuteResult Connection::insert(std::string_view sql, std::size_t returning_at, std::span<const Param> params,
                                 RowSink sink) const {
    return run(sql, params, false, [&](Session& session, std::string_view text, std::span<const Param> values) {
        if (text != sql) return session.execute(text, values, sink);  // a wrapper's own text has its RETURNING elsewhere
        return session.insert(text, returning_at, values, sink);
    });
}

ExecuteResult Connection::execute_streamed(std::string_view sql, std::span<const Param> params, std::size_t rows_at_once,
                                           RowSink sink) const {
    return run(sql, params, false, [&](Session& session, std::string_view text, std::span<const Param> values) {
        return session.execute_streamed(text, values, rows_at_once, sink);
    });
}

ExecuteResult Connection::copy_in(std::string_view sql, FunctionRef<bool(std::string& data)> more) const {
    return run(sql, {}, false, [&](Session& session, std::string_view text, std::span<const Param>) {
        return session.copy_in(text, more);
    });
}

ExecuteResult Connection::execute(std::string_view sql, std::span<const Param> params) const {
    return execute(sql, params, ignore_rows);
}

ExecuteResult Connection::execute_raw(std::string_view sql, std::span<const Param> params, RowSink sink) const {
    if (params.empty()) return execute(sql, params, sink);
    return execute(with_placeholders(sql, params.size(), operations()), params, sink);
}

ExecuteResult Connection::execute_named(std::string_view sql, std::span<const NamedParam> named, RowSink sink) const {
    std::vector<Param> params;
    const std::string text = with_named_placeholders(sql, named, params, operations());
    return execute(text, params, sink);
}

std::vector<std::string> Connection::describe(std::string_view sql) const {
    async::require_fiber("A database query");
    const detail::Context& context = detail::context();
    if (detail::Transaction* transaction = context.find(*database_)) return transaction->describe(sql);
    const detail::Lease lease(*database_);
    return lease.session().describe(sql);
}

void Connection::check_columns(std::size_t got, std::size_t expected) {
    if (got != expected) {
        throw ProgrammingError("the query gives " + std::to_string(got) + " columns, and " + std::to_string(expected) +
                               " types were asked for");
    }
}

ExecuteResult Session::insert(std::string_view sql, std::size_t, std::span<const Param> params, RowSink sink) {
    return execute(sql, params, sink);
}

ExecuteResult Session::execute_streamed(std::string_view sql, std::span<const Param> params, std::size_t,
                                        RowSink sink) {
    return execute(sql, params, sink);
}

std::vector<std::string> Session::describe(std::string_view sql) {
    throw NotSupportedError("This database does not tell the columns of a statement.", std::string(sql));
}

ExecuteResult Session::copy_in(std::string_view sql, FunctionRef<bool(std::string& data)>) {
    throw NotSupportedError("This database has no COPY.", std::string(sql));
}

const Introspection& Driver::introspection() const {
    throw NotSupportedError("The backend '" + std::string(vendor()) + "' has no introspection.");
}

const Creation& Driver::creation() const {
    throw NotSupportedError("The backend '" + std::string(vendor()) + "' makes no databases for tests.");
}

ClientCommand Driver::client_command(const conf::DatabaseUrl&, std::span<const std::string>) const {
    throw NotSupportedError("There is no client for the engine '" + std::string(vendor()) + "'.");
}

std::vector<std::string> Driver::check_database(const Connection&) const { return {}; }

std::string Operations::quoted(std::string_view name) const {
    std::string out;
    quote_name(out, name);
    return out;
}

std::string_view Operations::zone_name(std::string_view zone) {
    for (const char c : zone) {
        const bool good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                          std::string_view("/_+-:").find(c) != std::string_view::npos;
        if (!good) throw ProgrammingError("not the name of a time zone");
    }
    return zone.empty() ? "UTC" : zone;
}

void Operations::quote_literal(std::string& out, ParamKind kind, std::string_view text) const {
    if (kind == ParamKind::duration) {
        out += text;
        return;
    }
    out += '\'';
    for (const char c : text) {
        out += c;
        if (c == '\'') out += c;
    }
    out += '\'';
}

std::string Operations::sequence_reset_sql(std::string_view, std::string_view) const { return {}; }

Wrap Operations::cast(std::string_view field_kind, int max_length, int decimal_places) const {
    (void)decimal_places;
    std::string type(cast_type(field_kind));
    if (const std::size_t at = type.find("(%(max_length)s)"); at != type.npos)
        type = max_length > 0 ? type.substr(0, at) + "(" + std::to_string(max_length) + ")" : "text";
    return {"CAST(", " AS " + type + ")"};
}

namespace {

// '$."tags"[0]': indexes are digits, maybe with a minus.
std::string json_path(std::span<const std::string_view> keys, bool key_last) {
    std::string path = "$";
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::string_view key = keys[i];
        const std::string_view digits = key.starts_with('-') ? key.substr(1) : key;
        const bool index = !digits.empty() && digits.size() < 10 &&
                           digits.find_first_not_of("0123456789") == digits.npos && !(key_last && i + 1 == keys.size());
        if (index) {
            path += key.starts_with('-') ? "[#" : "[";
            path += key;
            path += ']';
            continue;
        }
        path += ".\"";
        for (const char c : key) {
            if (c == '"' || c == '\\') path += '\\';
            path += c;
        }
        path += '"';
    }
    return path;
}

}  // namespace

void Operations::json_extract(std::string& out, std::span<const std::string_view> keys, bool,
                              FunctionRef<void()> column, FunctionRef<void(std::string)> param) const {
    const std::string path = json_path(keys, false);
    const auto call = [&](std::string_view function) {
        out += function;
        column();
        out += ", ";
        param(path);
        out += ')';
    };
    call("(CASE WHEN JSON_TYPE(");
    out += " IN ('false','null','true') THEN ";
    call("JSON_TYPE(");
    out += " ELSE ";
    call("JSON_EXTRACT(");
    out += " END)";
}

void Operations::json_has_key(std::string& out, std::span<const std::string_view> keys, bool key_last,
                              FunctionRef<void()> column, FunctionRef<void(std::string)> param) const {
    out += "JSON_TYPE(";
    column();
    out += ", ";
    param(json_path(keys, key_last));
    out += ") IS NOT NULL";
}

void Operations::escape_like(std::string& out, std::string_view value) const {
    for (const char c : value) {
        if (c == '\\' || c == '%' || c == '_') out += '\\';
        out += c;
    }
}

}  // namespace nuages::db

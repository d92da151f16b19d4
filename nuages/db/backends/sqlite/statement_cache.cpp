#include <nuages/db/backends/sqlite/detail/error_mapping.hpp>
#include <nuages/db/backends/sqlite/detail/statement_cache.hpp>
#include <nuages/db/detail/hash_sql.hpp>
#include <nuages/db/errors.hpp>

#include <utility>

namespace nuages::db::sqlite::detail {

namespace {

constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Skips blanks and comments.
std::string_view skip_blank(std::string_view sql) {
    while (!sql.empty()) {
        if (is_space(sql.front())) {
            sql.remove_prefix(1);
        } else if (sql.starts_with("--")) {
            const std::size_t end = sql.find('\n');
            sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 1);
        } else if (sql.starts_with("/*")) {
            const std::size_t end = sql.find("*/", 2);
            sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 2);
        } else {
            break;
        }
    }
    return sql;
}

bool starts_with_word(std::string_view sql, std::string_view word) {
    return sql.size() >= word.size() && sqlite3_strnicmp(sql.data(), word.data(), static_cast<int>(word.size())) == 0;
}

bool is_dml(std::string_view sql) {
    sql = skip_blank(sql);
    for (const std::string_view word : {"INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"}) {
        if (starts_with_word(sql, word)) return true;
    }
    return false;
}

Prepared* prepare(sqlite3* connection, std::string_view sql, std::uint64_t hash) {
    if (sql.find('\0') != std::string_view::npos)
        throw ProgrammingError("the query contains a null character", std::string(sql));
    sqlite3_stmt* handle = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &handle, &tail);
    if (code != SQLITE_OK) throw_error(connection, code, sql);
    if (!handle) throw ProgrammingError("the query is empty", std::string(sql));
    std::string_view rest = skip_blank(sql.substr(static_cast<std::size_t>(tail - sql.data())));
    while (rest.starts_with(';')) rest = skip_blank(rest.substr(1));
    if (!rest.empty()) {
        sqlite3_finalize(handle);
        throw ProgrammingError("You can only execute one statement at a time.", std::string(sql));
    }
    auto* statement = new Prepared;
    statement->handle = handle;
    statement->sql = sql;
    statement->hash = hash;
    statement->params = sqlite3_bind_parameter_count(handle);
    statement->readonly = sqlite3_stmt_readonly(handle);
    statement->counts_changes = !statement->readonly && is_dml(sql);
    return statement;
}

void destroy(Prepared* statement) noexcept {
    sqlite3_finalize(statement->handle);
    delete statement;
}

}  // namespace

Prepared* StatementCache::find(std::string_view sql, std::uint64_t hash) noexcept {
    for (Prepared* at = buckets_[hash % kBuckets]; at; at = at->next_in_bucket) {
        if (at->hash == hash && at->sql == sql) return at;
    }
    return nullptr;
}

Prepared& StatementCache::acquire(sqlite3* connection, std::string_view sql) {
    if (newest_ && !newest_->in_use && newest_->sql == sql) {  // once more
        newest_->in_use = true;
        return *newest_;
    }
    const std::uint64_t hash = db::detail::hash_sql(sql);
    Prepared* statement = find(sql, hash);
    if (statement && !statement->in_use) {
        if (statement != newest_) {
            unlink(*statement);
            link_newest(*statement);
        }
    } else {
        const bool is_twin = statement;  // the cached one is being stepped further out
        statement = prepare(connection, sql, hash);
        statement->cached = !is_twin;
        if (statement->cached) insert(*statement);
    }
    statement->in_use = true;
    return *statement;
}

void StatementCache::release(Prepared& statement) noexcept {
    statement.in_use = false;
    if (statement.cached) {
        sqlite3_reset(statement.handle);
    } else {
        destroy(&statement);
    }
}

void StatementCache::insert(Prepared& statement) noexcept {
    if (size_ >= kCapacity) evict();
    Prepared*& bucket = buckets_[statement.hash % kBuckets];
    statement.next_in_bucket = std::exchange(bucket, &statement);
    link_newest(statement);
    ++size_;
}

void StatementCache::evict() noexcept {
    Prepared* victim = oldest_;
    while (victim && victim->in_use) victim = victim->newer;
    if (!victim) return;
    Prepared** link = &buckets_[victim->hash % kBuckets];
    while (*link != victim) link = &(*link)->next_in_bucket;
    *link = victim->next_in_bucket;
    unlink(*victim);
    --size_;
    destroy(victim);
}

void StatementCache::unlink(Prepared& statement) noexcept {
    (statement.newer ? statement.newer->older : newest_) = statement.older;
    (statement.older ? statement.older->newer : oldest_) = statement.newer;
    statement.newer = statement.older = nullptr;
}

void StatementCache::link_newest(Prepared& statement) noexcept {
    statement.older = newest_;
    (newest_ ? newest_->newer : oldest_) = &statement;
    newest_ = &statement;
}

void StatementCache::clear() noexcept {
    for (Prepared* at = newest_; at;) destroy(std::exchange(at, at->older));
    newest_ = oldest_ = nullptr;
    size_ = 0;
    for (Prepared*& bucket : buckets_) bucket = nullptr;
}

}  // namespace nuages::db::sqlite::detail

#include <nuages/db/database_cache.hpp>

#include <nuages/core/cache/detail/number.hpp>
#include <nuages/db/operations.hpp>
#include <nuages/utils/base64.hpp>
#include <nuages/utils/datetime.hpp>

#include <utility>

namespace nuages::db {
namespace {

// What "for ever" is in the table: Django's datetime.max, whole seconds.
const DateTime kNever = DateTime::from_ymdhms(9999, 12, 31, 23, 59, 59);
constexpr int kAttemptsMax = 100;  // of a number that others change as well

DateTime whole_seconds(DateTime at) { return DateTime{utils::floor_div(at.microseconds, 1'000'000) * 1'000'000}; }

DateTime end_of(std::optional<Duration> lifetime) {
    return lifetime ? whole_seconds(timezone::now() + *lifetime) : kNever;
}

}  // namespace

Ref<cache::Cache> database_cache(cache::CacheOptions options) { return make_ref<DatabaseCache>(std::move(options)); }

DatabaseCache::DatabaseCache(cache::CacheOptions options) : Cache(std::move(options)), table_(this->options().location) {
    if (const std::size_t colon = table_.find(':'); colon != table_.npos) {
        alias_ = table_.substr(0, colon);
        table_.erase(0, colon + 1);
    }
    if (alias_.empty() || table_.empty())
        throw ImproperlyConfigured("a cache in a database needs its table as .location (\"table\" or \"alias:table\")");
}

std::string DatabaseCache::quoted_table(const Connection& connection) const {
    return connection.operations().quoted(table_);
}

std::vector<std::string> DatabaseCache::creation_sql(const Connection& connection) const {
    const std::string table = quoted_table(connection);
    const bool is_sqlite = connection.vendor() == "sqlite";
    return {"CREATE TABLE " + table + " (\"cache_key\" varchar(255) NOT NULL PRIMARY KEY, \"value\" text NOT NULL, \"expires\" " +
                (is_sqlite ? "datetime" : "timestamp with time zone") + " NOT NULL)",
            "CREATE INDEX " + connection.operations().quoted(table_ + "_expires") + " ON " + table + " (\"expires\")"};
}

std::optional<std::string> DatabaseCache::do_get(const std::string& key) {
    const Connection database = connection(alias_);
    const auto rows = database.query<std::string, DateTime>(
        "SELECT value, expires FROM " + quoted_table(database) + " WHERE cache_key = %s", key);
    if (rows.empty() || std::get<1>(rows[0]) <= timezone::now()) return std::nullopt;
    return utils::urlsafe_base64_decode(std::get<0>(rows[0]));
}

bool DatabaseCache::put(const std::string& key, std::string_view value, std::optional<Duration> lifetime, bool only_if_gone) {
    const Connection database = connection(alias_);
    cull(database);
    const std::string table = quoted_table(database);
    const std::string statement = "INSERT INTO " + table +
                                  " (cache_key, value, expires) VALUES (%s, %s, %s) ON CONFLICT (cache_key) DO UPDATE SET "
                                  "value = excluded.value, expires = excluded.expires";
    const std::string encoded = utils::urlsafe_base64_encode(value);
    if (!only_if_gone) return database.execute(statement, key, encoded, end_of(lifetime)).rows_changed > 0;
    return database.execute(statement + " WHERE " + table + ".expires <= %s", key, encoded, end_of(lifetime), timezone::now())
               .rows_changed > 0;
}

void DatabaseCache::do_set(const std::string& key, std::string_view value, std::optional<Duration> lifetime) {
    put(key, value, lifetime, false);
}

bool DatabaseCache::do_add(const std::string& key, std::string_view value, std::optional<Duration> lifetime) {
    return put(key, value, lifetime, true);
}

bool DatabaseCache::do_touch(const std::string& key, std::optional<Duration> lifetime) {
    const Connection database = connection(alias_);
    return database
               .execute("UPDATE " + quoted_table(database) + " SET expires = %s WHERE cache_key = %s AND expires > %s",
                        end_of(lifetime), key, timezone::now())
               .rows_changed > 0;
}

bool DatabaseCache::do_delete(const std::string& key) {
    const Connection database = connection(alias_);
    return database
               .execute("DELETE FROM " + quoted_table(database) + " WHERE cache_key = %s AND expires > %s", key, timezone::now())
               .rows_changed > 0;
}

std::optional<std::int64_t> DatabaseCache::do_incr(const std::string& key, std::int64_t delta) {
    const Connection database = connection(alias_);
    for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
        const auto value = do_get(key);
        if (!value) return std::nullopt;
        const std::int64_t number = cache::detail::increased(*value, delta, key);
        const auto done = database.execute("UPDATE " + quoted_table(database) + " SET value = %s WHERE cache_key = %s AND value = %s",
                                           utils::urlsafe_base64_encode(std::to_string(number)), key,
                                           utils::urlsafe_base64_encode(*value));
        if (done.rows_changed > 0) return number;
    }
    throw Error("The value of '" + key + "' is changed by others all the time.");
}

void DatabaseCache::do_clear() {
    const Connection database = connection(alias_);
    database.execute("DELETE FROM " + quoted_table(database));
}

// As Django: what has expired goes, and when that is not enough the first keys in order.
void DatabaseCache::cull(const Connection& database) {
    const std::string table = quoted_table(database);
    const auto count = [&] {
        return static_cast<std::size_t>(std::get<0>(database.query<std::int64_t>("SELECT COUNT(*) FROM " + table).at(0)));
    };
    if (count() < options().max_entries) return;
    database.execute("DELETE FROM " + table + " WHERE expires <= %s", timezone::now());
    const std::size_t left = count();
    if (left < options().max_entries) return;
    if (options().cull_frequency == 0) return do_clear();
    const auto goes = static_cast<std::int64_t>(left / options().cull_frequency);
    const auto first_kept =
        database.query<std::string>("SELECT cache_key FROM " + table + " ORDER BY cache_key LIMIT 1 OFFSET %s", goes);
    if (first_kept.empty()) return do_clear();
    database.execute("DELETE FROM " + table + " WHERE cache_key < %s", std::get<0>(first_kept[0]));
}

}  // namespace nuages::db

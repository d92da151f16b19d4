// DatabaseCache: entries as rows of a table that createcachetable makes (django.core.cache.backends.db).
#pragma once

#include <nuages/core/cache/cache.hpp>
#include <nuages/db/connection.hpp>

#include <string>
#include <vector>

namespace nuages::db {

/// The backend: `.caches = {{"default", {.backend = db::database_cache, .location = "site_cache"}}}`.
Ref<cache::Cache> database_cache(cache::CacheOptions options);

/// Rows have Django's columns: cache_key, value (base64), expires. All calls are single statements, or a comparison with
/// what was read before, so that processes do not overwrite each other's numbers. Inside atomic they are part of it.
class DatabaseCache final : public cache::Cache {
public:
    /// Throws ImproperlyConfigured without a table.
    explicit DatabaseCache(cache::CacheOptions options);

    /// The database's alias, and the table in it.
    const std::string& alias() const { return alias_; }
    const std::string& table() const { return table_; }
    /// The statements that make the table and its index, in the vendor's SQL.
    std::vector<std::string> creation_sql(const Connection& connection) const;

protected:
    std::optional<std::string> do_get(const std::string& key) override;
    void do_set(const std::string& key, std::string_view value, std::optional<Duration> lifetime) override;
    bool do_add(const std::string& key, std::string_view value, std::optional<Duration> lifetime) override;
    bool do_touch(const std::string& key, std::optional<Duration> lifetime) override;
    bool do_delete(const std::string& key) override;
    std::optional<std::int64_t> do_incr(const std::string& key, std::int64_t delta) override;
    void do_clear() override;

private:
    std::string quoted_table(const Connection& connection) const;
    void cull(const Connection& connection);
    bool put(const std::string& key, std::string_view value, std::optional<Duration> lifetime, bool only_if_gone);

    std::string alias_ = "default";
    std::string table_;
};

}  // namespace nuages::db

// Functions that only PostgreSQL has (django.contrib.postgres.functions), and its lookups as an app.
#pragma once

#include <nuages/db/models/functions.hpp>
#include <nuages/site/app.hpp>

namespace nuages::postgres {

/// A random UUID (version 4), made by the server for each row.
inline auto RandomUUID() {
    return db::models::Function<db::models::detail::Always<Uuid>>(
        db::models::expr::function("GEN_RANDOM_UUID", {}, db::models::FieldKind::uuid));
}

/// When the transaction began: the same for all its statements, which Now() is on PostgreSQL, too; ClockTimestamp goes on.
inline auto TransactionNow() {
    return db::models::Function<db::models::detail::Always<DateTime>>(
        db::models::expr::function("TRANSACTION_TIMESTAMP", {}, db::models::FieldKind::date_time));
}

/// Makes the lookups known: `search`, `unaccent`, `trigram_similar`, `trigram_word_similar`,
/// `trigram_strict_word_similar`. The app does it; tests without a site call it once.
void register_lookups();

/// "nuages.contrib.postgres" of installed_apps.
extern const App app;

}  // namespace nuages::postgres

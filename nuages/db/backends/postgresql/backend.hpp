// The PostgreSQL backend: one constant that `register_backend` takes.
//
//     postgres://user:password@host:5432/name?sslmode=require&pool_size=20
//
// The URL's query holds libpq's own keywords (sslmode, sslrootcert, service, passfile, application_name, connect_timeout,
// options, target_session_attrs ...) and these:
//   statement_timeout, lock_timeout, idle_in_transaction_session_timeout: PostgreSQL's settings ("5s", "250ms", "250")
//   isolation_level: "read committed" (the server's default), "repeatable read", "serializable"
//   assume_role: SET ROLE on each new connection
//   pool_size (10): connections per loop thread      pool_timeout (30): seconds to wait for one of them
//   conn_max_age (3600), idle_timeout (600): seconds until a connection is replaced, or closed
//   conn_health_checks (30): a connection idle for so many seconds is asked before it is used; 0: never
//   pgbouncer (false): true behind PgBouncer in transaction mode: nothing is left on a session between transactions
#pragma once

#include <nuages/db/database.hpp>

namespace nuages::db::postgresql {

/// Engine "postgresql".
extern const Backend backend;

}  // namespace nuages::db::postgresql

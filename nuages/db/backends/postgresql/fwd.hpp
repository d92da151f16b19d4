// Forward declarations of nuages::db::postgresql names.
#pragma once

namespace nuages::db::postgresql {

class PostgresqlOperations;

}  // namespace nuages::db::postgresql

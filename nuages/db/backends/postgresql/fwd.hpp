// Forward declarations of nuages::db::postgresql names.
#pragma once

namespace nuages::db::postgresql {

class PostgresqlCreation;
class PostgresqlIntrospection;
class PostgresqlOperations;

}  // namespace nuages::db::postgresql

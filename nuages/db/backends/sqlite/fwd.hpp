// Forward declarations of nuages::db::sqlite names.
#pragma once

namespace nuages::db::sqlite {

class SqliteCreation;
class SqliteIntrospection;
class SqliteOperations;

}  // namespace nuages::db::sqlite

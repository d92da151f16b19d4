// Forward declarations of nuages::db names.
#pragma once

namespace nuages::db {

class Cell;
class Param;
class Connection;
class ExecuteWrapper;
class Database;
class Driver;
class Session;
class Operations;
class Introspection;
class Creation;
struct Backend;
struct Features;
struct ExecuteResult;
struct QueryStats;
class DatabaseError;
class OperationalError;
class IntegrityError;
class ProgrammingError;

}  // namespace nuages::db

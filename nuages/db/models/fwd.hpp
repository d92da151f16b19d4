// Forward declarations of nuages::db::models' run-time core.
#pragma once

#include <nuages/db/fwd.hpp>

namespace nuages::db::models {

class Name;
class Literal;
struct Field;
struct FieldOps;
struct FieldType;
struct ModelMeta;
class Registry;
class Router;
class RelatedCache;
class Instance;
class ObjectList;
class Expression;
struct QNode;
class Query;
struct SaveOptions;

}  // namespace nuages::db::models

namespace nuages {
namespace models = db::models;
}

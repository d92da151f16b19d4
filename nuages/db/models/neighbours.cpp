#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/neighbours.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/models/router.hpp>

#include <string>

namespace nuages::db::models {

Query neighbours(const ModelMeta& meta, const void* object, std::string_view name, bool next, std::string_view database) {
    const Field& field = meta.field(name);
    if ((field.kind != FieldKind::date && field.kind != FieldKind::date_time) || field.null)
        throw FieldError(meta.object_name + "." + field.name + " is no DateField or DateTimeField that takes no NULL.");
    if (has_no_key(meta, object)) throw ValueError("get_next/get_previous cannot be used on unsaved objects.");
    const Literal at = field.get(object), key = meta.pk().get(object);
    const std::string op = next ? "__gt" : "__lt", sign = next ? "" : "-";
    QNode condition = QNode(Name(field.name + op), at) || (QNode(Name(field.name), at) && QNode(Name("pk" + op), key));
    const std::string_view own = database.empty() ? instance_database(meta, object) : database;
    Query rows(meta);
    if (!own.empty()) rows = rows.using_(database.empty() ? db_for_read(meta, own) : database);
    return rows.filter(std::move(condition)).order_by({OrderBy(Name(sign + field.name)), OrderBy(Name(sign + "pk"))});
}

std::string no_match(const ModelMeta& meta) { return meta.object_name + " matching query does not exist."; }

}  // namespace nuages::db::models

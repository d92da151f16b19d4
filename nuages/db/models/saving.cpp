// save(), refresh(), update_object(), bulk_create(), bulk_update(): django.db.models.base and query.
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>

namespace nuages::db::models {

bool has_no_key(const ModelMeta& meta, const void* object) {
    const Field& pk = meta.pk();
    if (pk.ops->is_null && pk.ops->is_null(pk.member(object))) return true;
    if (!pk.value_field().is_auto()) return false;
    const Literal key = pk.get(object);
    return key.is_null() || (key.kind() == Literal::Kind::integer && key.integer() == 0);
}

namespace {

// A foreign key to an object that was never saved has no value to write; Django refuses rather than lose it.
void check_relations(const ModelMeta& meta, void* object) {
    for (const Field* field : meta.columns()) {
        if (!field->is_foreign_key() || !field->ops->related) continue;
        RelatedCache* cache = field->ops->related(field->member(object));
        const Instance* instance = cache ? cache->instance() : nullptr;
        if (!instance) continue;
        if (has_no_key(instance->meta(), instance->object()))
            throw ValueError("save() prohibited to prevent data loss due to unsaved related object '" + field->name +
                             "'.");
    }
}

void set_times(const Field& field, void* object, bool adding) {
    if (!field.auto_now && !(field.auto_now_add && adding)) return;
    const DateTime now = timezone::now();
    if (field.kind == FieldKind::date)
        field.set(object, Literal(now.date()));
    else if (field.kind == FieldKind::time)
        field.set(object, Literal(now.time()));
    else
        field.set(object, Literal(now));
}

std::int64_t update_row(const Connection& connection, const ModelMeta& meta, void* object,
                        const std::vector<const Field*>& columns) {
    SqlWriter out(connection);
    out << "UPDATE ";
    out.name(meta.db_table);
    out << " SET ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i) out << ", ";
        out.name(columns[i]->column);
        out << " = ";
        Param param;
        columns[i]->ops->bind(columns[i]->member(object), param);
        out.param(param);
    }
    out << " WHERE ";
    out.name(meta.db_table);
    out << '.';
    out.name(meta.pk().column);
    out << ' ' << out.operations().lookup_operator("exact").before;
    Param key;
    meta.pk().ops->bind(meta.pk().member(object), key);
    out.param(key);
    return connection.execute(out.text(), out.params()).rows_changed;
}

std::vector<const Field*> named_fields(const ModelMeta& meta, const std::vector<Name>& names) {
    std::vector<const Field*> fields;
    std::vector<std::string> unknown;
    for (const Name& name : names) {
        const Field* field = meta.find(name);
        if (!field || !field->concrete() || field->primary_key)
            unknown.emplace_back(name.view());
        else
            fields.push_back(field);
    }
    if (unknown.empty()) return fields;
    std::sort(unknown.begin(), unknown.end());
    std::string list;
    for (const std::string& name : unknown) list += (list.empty() ? "" : ", ") + name;
    throw ValueError(
        "The following fields do not exist in this model, are m2m fields, primary keys, or are non-concrete fields: " +
        list);
}

Query by_key(const ModelMeta& meta, const void* object, std::string_view database) {
    Query query = Query(meta).filter(QNode(Name::borrow("pk"), meta.pk().get(object)));
    return database.empty() ? query : query.using_(database);
}

}  // namespace

void save(const ModelMeta& meta, void* object, const SaveOptions& options) {
    if (options.force_insert && (options.force_update || !options.update_fields.empty()))
        throw ValueError("Cannot force both insert and updating in model saving.");
    check_relations(meta, object);
    std::vector<const Field*> columns;
    const bool narrowed = !options.update_fields.empty();
    if (narrowed)
        columns = named_fields(meta, options.update_fields);
    else
        for (const Field* field : meta.columns()) {
            if (!field->primary_key) columns.push_back(field);
        }
    const Connection connection = db::connection(database_or_default(options.using_));
    const bool no_key = has_no_key(meta, object);
    if (no_key && (options.force_update || narrowed))
        throw ValueError("Cannot force an update in save() with no primary key.");
    if (!no_key && !options.force_insert) {
        for (const Field* field : columns) set_times(*field, object, false);
        bool updated;
        if (columns.empty()) {
            updated = narrowed || by_key(meta, object, options.using_).exists();
        } else {
            updated = update_row(connection, meta, object, columns) > 0;
        }
        if (updated) return;
        if (options.force_update) throw DatabaseError("Forced update did not affect any rows.");
        if (narrowed) throw DatabaseError("Save with update_fields did not affect any rows.");
    }
    for (const Field* field : columns) set_times(*field, object, true);
    if (!no_key) columns.insert(columns.begin() + meta.pk().column_index, &meta.pk());
    void* const objects[] = {object};
    insert_rows(connection, meta, objects, columns, no_key, nullptr);
}

void refresh(const ModelMeta& meta, void* object, const std::vector<Name>& fields, std::string_view database) {
    Query query = by_key(meta, object, database);
    std::vector<const Field*> read;
    if (!fields.empty()) {
        for (const Name& name : fields) read.push_back(&meta.field(name));
        query = query.values(fields);
    } else {
        read = meta.columns();
    }
    const std::size_t rows = query.slice(0, 21).each([&](std::span<const Cell> cells) {
        for (std::size_t i = 0; i < read.size(); ++i) {
            if (read[i]->concrete()) read[i]->ops->decode(read[i]->member(object), cells[i]);
        }
    });
    if (rows == 0) throw ObjectDoesNotExist(meta.object_name + " matching query does not exist.");
    if (!fields.empty()) return;
    for (const Field& field : meta.fields) {
        if (!field.ops->related || field.concrete()) continue;
        if (RelatedCache* cache = field.ops->related(field.member(object))) cache->reset();
    }
}

void update_object(const ModelMeta& meta, void* object, const std::vector<Assignment>& assignments,
                   std::string_view database) {
    if (has_no_key(meta, object)) throw ValueError("Cannot force an update in save() with no primary key.");
    if (by_key(meta, object, database).update(assignments) == 0)
        throw ObjectDoesNotExist(meta.object_name + " matching query does not exist.");
    std::vector<Name> names;
    for (const Assignment& assignment : assignments) names.push_back(assignment.name);
    refresh(meta, object, names, database);
}

void bulk_create(const ModelMeta& meta, std::span<void* const> objects, const BulkCreateOptions& options) {
    if (options.batch_size < 0) throw ValueError("Batch size must be a positive integer.");
    if (options.ignore_conflicts && options.update_conflicts)
        throw ValueError("ignore_conflicts and update_conflicts are mutually exclusive.");
    if (options.update_conflicts) {
        if (options.update_fields.empty())
            throw ValueError("Fields that will be updated when a row insertion fails on conflicts must be provided.");
        if (options.unique_fields.empty())
            throw ValueError("Unique fields that can trigger the upsert must be provided.");
        for (const Name& name : options.update_fields) {
            const Field& field = meta.field(name);
            if (field.primary_key) throw ValueError("bulk_create() cannot be used with primary keys in update_fields.");
            if (!field.concrete())
                throw ValueError("bulk_create() can only be used with concrete fields in update_fields.");
        }
    }
    if (objects.empty()) return;
    std::vector<void*> with_key, without_key;
    for (void* object : objects) {
        check_relations(meta, object);
        for (const Field* field : meta.columns()) set_times(*field, object, true);
        (has_no_key(meta, object) ? without_key : with_key).push_back(object);
    }
    const std::string_view alias = database_or_default(options.using_);
    const auto insert = [&](std::vector<void*>& rows, bool keyed) {
        std::vector<const Field*> columns;
        for (const Field* field : meta.columns()) {
            if (keyed || !field->primary_key) columns.push_back(field);
        }
        const Connection connection = db::connection(alias);
        std::size_t batch = rows_per_statement(connection, columns.size());
        if (options.batch_size > 0) batch = std::min(batch, static_cast<std::size_t>(options.batch_size));
        if (columns.empty()) batch = 1;
        for (std::size_t at = 0; at < rows.size(); at += batch) {
            const std::size_t count = std::min(batch, rows.size() - at);
            insert_rows(connection, meta, std::span<void* const>(rows.data() + at, count), columns,
                        !keyed || options.update_conflicts, &options);
        }
    };
    run_atomic(
        [&] {
            if (!with_key.empty()) insert(with_key, true);
            if (!without_key.empty()) insert(without_key, false);
        },
        {.using_ = alias, .savepoint = false});
}

std::int64_t bulk_update(const ModelMeta& meta, std::span<void* const> objects, const std::vector<Name>& names,
                         std::int64_t batch_size, std::string_view database) {
    if (batch_size < 0) throw ValueError("Batch size must be a positive integer.");
    if (names.empty()) throw ValueError("Field names must be given to bulk_update().");
    std::vector<const Field*> fields;
    for (const Name& name : names) {
        const Field& field = meta.field(name);
        if (!field.concrete()) throw ValueError("bulk_update() can only be used with concrete fields.");
        if (field.primary_key) throw ValueError("bulk_update() cannot be used with primary key fields.");
        fields.push_back(&field);
    }
    for (void* object : objects) {
        if (has_no_key(meta, object)) throw ValueError("All bulk_update() objects must have a primary key set.");
        check_relations(meta, object);
    }
    if (objects.empty()) return 0;
    const std::string_view alias = database_or_default(database);
    const Connection connection = db::connection(alias);
    // Each row takes two parameters per field, and one in the list of keys.
    std::size_t batch = rows_per_statement(connection, 2 * fields.size() + 1);
    if (batch_size > 0) batch = std::min(batch, static_cast<std::size_t>(batch_size));
    std::int64_t rows = 0;
    run_atomic(
        [&] {
            for (std::size_t at = 0; at < objects.size(); at += batch) {
                const auto part = objects.subspan(at, std::min(batch, objects.size() - at));
                std::vector<Literal> keys;
                for (void* object : part) keys.push_back(meta.pk().get(object));
                std::vector<Assignment> assignments;
                for (const Field* field : fields) {
                    std::vector<QNode> conditions;
                    conditions.reserve(part.size());
                    std::vector<expr::When> whens;
                    for (std::size_t i = 0; i < part.size(); ++i) {
                        conditions.emplace_back(Name::borrow("pk"), keys[i]);
                        whens.push_back(
                            {&conditions.back(), expr::value(field->get(part[i]), field->value_field().kind)});
                    }
                    assignments.emplace_back(Name(field->attname), expr::case_(whens));
                }
                rows +=
                    Query(meta).using_(alias).filter(QNode(Name::borrow("pk__in"), Literal(keys))).update(assignments);
            }
        },
        {.using_ = alias, .savepoint = false});
    return rows;
}

}  // namespace nuages::db::models

// save(), refresh(), update_object(), bulk_create(): django.db.models.base and query.
#include <nuages/db/copy.hpp>
#include <nuages/db/models/field_type.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/models/respective_order.hpp>
#include <nuages/db/models/router.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/signals.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>

namespace nuages::db::models {

bool has_no_key(const ModelMeta& meta, const void* object) {
    for (const Field* column : meta.pk_columns()) {
        if (column->ops->is_null && column->ops->is_null(column->member(object))) return true;
        if (!column->value_field().is_auto()) continue;
        const Literal key = column->get(object);
        if (key.is_null() || key.kind() == Literal::Kind::expression) return true;
        if (key.kind() == Literal::Kind::integer && key.integer() == 0 && !meta.is_record()) return true;
    }
    return false;
}

void initialize(const ModelMeta& meta, void* object) {
    if (signals::pre_init().has_listeners(&meta)) signals::pre_init().send_from(&meta, {meta, object});
    if (meta.is_record()) {
        for (const Field* field : meta.columns()) {
            if (field->has_default && field->default_call) field->set(object, field->default_call());
        }
    }
    if (signals::post_init().has_listeners(&meta)) signals::post_init().send_from(&meta, {meta, object});
}

std::string_view object_database(const ModelMeta& meta, const void* object, std::string_view alias) {
    return alias.empty() ? db_for_write(meta, instance_database(meta, object)) : alias;
}

bool holds_expression(const Field& field, const void* object) {
    if (field.ops->is_unset) return field.db_default && field.ops->is_unset(field.member(object));
    return field.model->is_record() && field.get(object).kind() == Literal::Kind::expression;
}

// A foreign key to an object that was never saved has no value to write; Django refuses rather than lose it. One whose
// object was saved meanwhile takes its key.
void prepare_relations(const ModelMeta& meta, void* object, std::string_view operation, std::string_view database,
                       bool with_parents) {
    for (const Field* field : meta.columns()) {
        if (!field->is_foreign_key() || !field->ops->related) continue;
        RelatedCache* cache = field->ops->related(field->member(object));
        const Instance* instance = cache ? cache->instance() : nullptr;
        if (!instance) continue;
        if (field->relation.parent_link && operation == "save" &&
            (with_parents || has_no_key(instance->meta(), instance->object())))
            save(instance->meta(), instance->object(), {.update_fields = {}, .using_ = database});
        if (has_no_key(instance->meta(), instance->object()))
            throw ValueError(std::string(operation) +
                             "() prohibited to prevent data loss due to unsaved related object '" + field->name + "'.");
        if (const std::string_view other = instance_database(*instance); !other.empty() && other != database &&
                                                                         !allow_relation(meta, database, instance->meta(), other))
            throw ValueError("Cannot assign \"" + instance->meta().ops->str(instance->meta(), instance->object()) +
                             "\": the current database router prevents this relation.");
        const Literal key = field->target_field().get(instance->object());
        if (field->ops->is_null(field->member(object))) {
            const Ref<RelatedState> kept(cache->state());
            field->set(object, key);
            if (RelatedCache* now = field->ops->related(field->member(object))) now->set(kept);
        } else if (!(field->get(object) == key) && field->get(object).kind() == key.kind()) {
            cache->reset();
        }
    }
}

namespace {

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

// UPDATE of the object's row; columns that the database computes are read back. False when there is no such row.
bool update_row(const Connection& connection, const ModelMeta& meta, void* object,
                const std::vector<const Field*>& columns) {
    std::vector<const Field*> computed;
    for (const Field* field : meta.columns()) {
        const bool written = std::find(columns.begin(), columns.end(), field) != columns.end();
        if (field->is_generated() || (written && holds_expression(*field, object))) computed.push_back(field);
    }
    Select scope(meta, nullptr);
    scope.base();
    SqlWriter out(connection);
    out.scope = &scope;
    out << "UPDATE ";
    out.name(meta.db_table);
    out << " SET ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i) out << ", ";
        out.name(columns[i]->column);
        out << " = ";
        write_value(out, *columns[i], object, scope);
    }
    for (std::size_t i = 0; i < meta.pk_columns().size(); ++i) {
        const Field& key = *meta.pk_columns()[i];
        out << (i ? " AND " : " WHERE ");
        out.name(meta.db_table);
        out << '.';
        out.name(key.column);
        out << ' ' << out.operations().lookup_operator("exact").before;
        write_value(out, key, object, scope);
    }
    if (computed.empty() || !connection.features().can_return_columns_from_insert) {
        const bool found = connection.execute(out.text(), out.params()).rows_changed > 0;
        if (found && !computed.empty()) {
            std::vector<Name> names;
            for (const Field* field : computed) names.push_back(Name::borrow(field->attname));
            refresh(meta, object, names, connection.alias());
        }
        return found;
    }
    write_returning(out, meta, computed);
    bool found = false;
    connection.execute(out.text(), out.params(), [&](std::span<const Cell> cells) {
        found = true;
        for (std::size_t i = 0; i < computed.size(); ++i)
            computed[i]->ops->decode(computed[i]->member(object), cells[i]);
    });
    return found;
}

std::vector<const Field*> named_fields(const ModelMeta& meta, const std::vector<Name>& names) {
    std::vector<const Field*> fields;
    std::vector<std::string> unknown;
    for (const Name& name : names) {
        const Field* field = meta.find(name);
        if (!field || !field->concrete() || meta.is_pk_column(*field))
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
    Query query = Query(meta).filter(has_key_among(meta, {meta.pk().get(object)}));
    return database.empty() ? query : query.using_(database);
}

}  // namespace

namespace {

// Tries the UPDATE; false when a row is to be inserted.
bool update_existing(const Connection& connection, const ModelMeta& meta, void* object, const SaveOptions& options,
                     const std::vector<const Field*>& columns) {
    const bool narrowed = !options.update_fields.empty();
    if (!options.raw) {
        for (const Field* field : columns) set_times(*field, object, false);
    }
    bool updated;
    if (columns.empty())
        updated = narrowed || by_key(meta, object, connection.alias()).exists();
    else if (meta.select_on_save && !options.force_update)
        updated = by_key(meta, object, connection.alias()).exists() && (update_row(connection, meta, object, columns), true);
    else
        updated = update_row(connection, meta, object, columns);
    if (updated) return true;
    if (options.force_update) throw NotUpdated("Forced update did not affect any rows.");
    if (narrowed) throw NotUpdated("Save with update_fields did not affect any rows.");
    return false;
}

bool has_default_key(const ModelMeta& meta) {
    return std::all_of(meta.pk_columns().begin(), meta.pk_columns().end(),
                       [](const Field* field) { return field->has_default || field->db_default; });
}

// What an UPDATE of the object writes.
std::vector<const Field*> updated_columns(const ModelMeta& meta, const SaveOptions& options) {
    std::vector<const Field*> columns;
    if (options.update_fields.empty()) {
        for (const Field* field : meta.columns()) {
            if (!meta.is_pk_column(*field)) columns.push_back(field);
        }
    } else {
        columns = named_fields(meta, options.update_fields);
    }
    std::erase_if(columns, [](const Field* field) { return field->is_generated(); });
    return columns;
}

// Writes the row; true when it was inserted.
bool write_row(const Connection& connection, const ModelMeta& meta, void* object, const SaveOptions& options) {
    const bool no_key = has_no_key(meta, object);
    const bool must_update = options.force_update || !options.update_fields.empty();
    const auto surely_new = [&] {
        return options.adding && !options.raw && !options.force_update && has_default_key(meta);
    };
    if (must_update || (!no_key && !options.force_insert)) {
        const std::vector<const Field*> columns = updated_columns(meta, options);
        if (no_key) throw ValueError("Cannot force an update in save() with no primary key.");
        if (!surely_new() && update_existing(connection, meta, object, options, columns)) return false;
    }
    if (!options.raw) {
        for (const Field* field : meta.columns()) set_times(*field, object, true);
        if (!meta.order_with_respect_to.empty())
            meta.field("_order").set(object, Literal(next_order_number(meta, object, connection.alias())));
    }
    insert_row(connection, meta, object, no_key);
    return true;
}

}  // namespace

void save(const ModelMeta& meta, void* object) { save(meta, object, SaveOptions{}); }
void save(const ModelMeta& meta, void* object, const SaveOptions& options) {
    if (options.force_insert && (options.force_update || !options.update_fields.empty()))
        throw ValueError("Cannot force both insert and updating in model saving.");
    const std::string_view alias = object_database(meta, object, options.using_);
    if (!options.raw) prepare_relations(meta, object, "save", alias, options.update_fields.empty());
    const auto event = [&](bool created) {
        return signals::Save{meta, object, created, options.raw, alias, options.update_fields};
    };
    const bool heard = !meta.auto_created;
    if (heard && signals::pre_save().has_listeners(&meta)) signals::pre_save().send_from(&meta, event(false));
    bool created = false;
    mark_for_rollback_on_error([&] { created = write_row(db::connection(alias), meta, object, options); }, alias);
    set_instance_database(meta, object, alias);
    if (heard && signals::post_save().has_listeners(&meta)) signals::post_save().send_from(&meta, event(created));
}

void refresh(const ModelMeta& meta, void* object) { refresh(meta, object, {}, {}); }
void refresh(const ModelMeta& meta, void* object, const std::vector<Name>& fields, std::string_view database,
             const Query* from) {
    const std::string_view own = database.empty() ? instance_database(meta, object) : database;
    Query query = by_key(meta, object, own.empty() ? own : database.empty() ? db_for_read(meta, own) : database);
    if (from) query = from->filter(has_key_among(meta, {meta.pk().get(object)}));
    std::vector<const Field*> read;
    if (!fields.empty()) {
        for (const Name& name : fields) read.push_back(&meta.field(name));
        query = query.values(fields);
    } else {
        read = meta.columns();
        std::vector<Name> all;
        if (from) {
            for (const Field* field : read) all.push_back(Name::borrow(field->attname));
            query = query.values(std::move(all));  // whatever else its rows have
        }
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
        if (RelatedCache* cache = field.ops->related(field.member(object))) cache->forget();
    }
}

void update_object(const ModelMeta& meta, void* object, const std::vector<Assignment>& assignments,
                   std::string_view database) {
    if (has_no_key(meta, object)) throw ValueError("Cannot force an update in save() with no primary key.");
    const std::string_view alias = object_database(meta, object, database);
    if (by_key(meta, object, alias).update(assignments) == 0)
        throw ObjectDoesNotExist(meta.object_name + " matching query does not exist.");
    std::vector<Name> names;
    for (const Assignment& assignment : assignments) names.push_back(assignment.name);
    refresh(meta, object, names, alias);
}

namespace {

/// From so many rows on, whose keys need not come back, COPY is several times as fast as INSERT.
constexpr std::size_t kCopyRowsLeast = 200;
constexpr std::size_t kCopyBytes = 64 * 1024;

void copy_rows(const Connection& connection, const ModelMeta& meta, std::span<void* const> rows,
               const std::vector<const Field*>& columns) {
    std::string sql = "COPY " + connection.operations().quoted(meta.db_table) + " (";
    for (std::size_t i = 0; i < columns.size(); ++i)
        sql += (i ? ", " : "") + connection.operations().quoted(columns[i]->column);
    sql += ") FROM STDIN";
    Select scope(meta, nullptr);
    std::size_t at = 0;
    connection.copy_in(sql, [&](std::string& data) {
        while (at < rows.size() && data.size() < kCopyBytes) {
            SqlWriter row(connection);
            for (const Field* field : columns) write_value(row, *field, rows[at], scope);
            append_copy_row(data, row.params());
            ++at;
        }
        return at < rows.size();
    });
}

/// Values that the database is to compute need an INSERT.
bool has_expressions(const ModelMeta& meta, std::span<void* const> rows, const std::vector<const Field*>& columns) {
    if (!meta.is_record()) return false;
    return std::any_of(rows.begin(), rows.end(), [&](void* object) {
        return std::any_of(columns.begin(), columns.end(), [&](const Field* field) {
            return field->get(object).kind() == Literal::Kind::expression;
        });
    });
}

}  // namespace

void bulk_create(const ModelMeta& meta, Slice<void* const> objects) { bulk_create(meta, objects, BulkCreateOptions{}); }
void bulk_create(const ModelMeta& meta, Slice<void* const> objects, const BulkCreateOptions& options) {
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
    if (!meta.parent_links().empty()) throw ValueError("Can't bulk create a multi-table inherited model");
    if (objects.empty()) return;
    const std::string_view alias = write_database(meta, options.using_);
    std::vector<void*> with_key, without_key;
    for (void* object : objects) {
        prepare_relations(meta, object, "bulk_create", alias);
        for (const Field* field : meta.columns()) set_times(*field, object, true);
        (has_no_key(meta, object) ? without_key : with_key).push_back(object);
    }
    const Connection connection = db::connection(alias);
    const auto insert = [&](std::vector<void*>& rows, bool keyed) {
        const Insertion insertion = insertion_of(meta, rows, !keyed);
        std::size_t batch = rows_per_statement(connection, insertion.columns.size());
        if (options.batch_size > 0) batch = std::min(batch, static_cast<std::size_t>(options.batch_size));
        if (insertion.columns.empty()) batch = 1;
        const bool plain = keyed && !options.ignore_conflicts && !options.update_conflicts && insertion.returning.empty();
        if (plain && rows.size() >= kCopyRowsLeast && !insertion.columns.empty() && connection.features().has_bulk_copy &&
            !has_expressions(meta, rows, insertion.columns))
            return copy_rows(connection, meta, rows, insertion.columns);
        for (std::size_t at = 0; at < rows.size(); at += batch) {
            const std::size_t count = std::min(batch, rows.size() - at);
            insert_rows(connection, meta, std::span<void* const>(rows.data() + at, count), !keyed, insertion, options);
        }
    };
    const auto insert_all = [&] {
        if (!with_key.empty()) insert(with_key, true);
        if (!without_key.empty()) insert(without_key, false);
    };
    // One statement is atomic by itself.
    const std::size_t columns = meta.columns().size();
    std::size_t batch = columns ? rows_per_statement(connection, columns) : 1;
    if (options.batch_size > 0) batch = std::min(batch, static_cast<std::size_t>(options.batch_size));
    if (objects.size() <= batch && (with_key.empty() || without_key.empty())) return insert_all();
    run_atomic(insert_all, {.using_ = alias, .savepoint = false});
}

}  // namespace nuages::db::models

// bulk_update(): many rows in one UPDATE.
//
// Plain values of a database that joins an UPDATE with VALUES stand in a list of rows; otherwise, and where an object has
// an expression or its field an own type, they stand in CASE WHEN pk, as Django writes them.
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/field_type.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>
#include <string>
#include <tuple>

namespace nuages::db::models {

namespace {

/// CASE ... END as a column's own type, which a database cannot tell from texts.
struct ColumnCast final : Expression {
    Expr operand;
    std::string type;
    ColumnCast(Expr inner, std::string to) : operand(std::move(inner)), type(std::move(to)) {}
    Expr resolve(Resolver& resolver) const override { return make_ref<ColumnCast>(resolver(operand), type); }
    void write(SqlWriter& out) const override {
        out << "CAST(";
        operand->write(out);
        out << " AS " << type << ')';
    }
    void visit(FunctionRef<void(const Expr&)> child) const override { child(operand); }
};

/// A part of the objects, and what is written of them.
struct Batch {
    const ModelMeta& meta;
    const Connection& connection;
    std::span<void* const> objects;
    std::span<const Field* const> fields;
};

bool is_plain(const Field& field) {
    const Field& stored = field.value_field();
    if (stored.kind == FieldKind::ip_address || (stored.type && (stored.type->get_prep_value || stored.type->db_type))) return false;
    return field.ops->bind && !(field.ops->is_unset && field.db_default);
}

/// Whether the values can stand in a list of rows.
bool fits_values(const ModelMeta& meta, const Connection& connection, std::span<const Field* const> fields) {
    return connection.features().supports_update_from_values && !meta.is_record() && meta.parent_links().empty() &&
           meta.pk_columns().size() == 1 && is_plain(*meta.pk_columns()[0]) &&
           std::all_of(fields.begin(), fields.end(), [](const Field* field) { return is_plain(*field); });
}

/// A row that is named twice takes its first values from a CASE, and any of them from a join.
bool all_different(std::span<const Param> params, std::size_t columns) {
    const auto order = [](const Param& key) {
        const bool is_text = key.kind() >= ParamKind::decimal || key.kind() == ParamKind::text || key.kind() == ParamKind::blob;
        return std::tuple(is_text ? 0 : key.integer(), is_text ? key.text() : std::string_view());
    };
    std::vector<const Param*> keys;
    for (std::size_t i = 0; i < params.size(); i += columns) keys.push_back(&params[i]);
    std::sort(keys.begin(), keys.end(), [&](const Param* a, const Param* b) { return order(*a) < order(*b); });
    return std::adjacent_find(keys.begin(), keys.end(), [&](const Param* a, const Param* b) { return order(*a) == order(*b); }) == keys.end();
}

void append_name(std::string& out, char letter, std::size_t number) {
    out += letter;
    out += std::to_string(number);
}

/// UPDATE t SET a = v.c1 FROM (VALUES (key, a), ...) AS v (c0, c1) WHERE t.key = v.c0.
std::string values_update(const Batch& batch) {
    const Operations& operations = batch.connection.operations();
    std::vector<const Field*> columns{batch.meta.pk_columns()[0]};
    columns.insert(columns.end(), batch.fields.begin(), batch.fields.end());
    std::vector<Wrap> casts;
    for (const Field* column : columns) casts.push_back(operations.cast(field_class_name(column->value_field()), -1, -1));
    std::string sql = "UPDATE ";
    operations.quote_name(sql, batch.meta.db_table);
    for (std::size_t i = 1; i < columns.size(); ++i) {
        sql += i == 1 ? " SET " : ", ";
        operations.quote_name(sql, columns[i]->column);
        append_name(sql += " = v.", 'c', i);
    }
    sql += " FROM (VALUES ";
    std::size_t number = 0;
    for (std::size_t row = 0; row < batch.objects.size(); ++row) {
        sql += row ? ", (" : "(";
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (i) sql += ", ";
            sql += casts[i].before;
            operations.placeholder(sql, ++number);
            sql += casts[i].after;
        }
        sql += ')';
    }
    sql += ") AS v (";
    for (std::size_t i = 0; i < columns.size(); ++i) append_name(i ? sql += ", " : sql, 'c', i);
    sql += ") WHERE ";
    operations.quote_name(sql, batch.meta.db_table);
    sql += '.';
    operations.quote_name(sql, columns[0]->column);
    sql += " = v.c0";
    return sql;
}

/// Nothing where a row is named twice.
std::optional<std::int64_t> update_from_values(const Batch& batch) {
    const std::size_t columns = batch.fields.size() + 1;
    std::vector<Param> params(batch.objects.size() * columns);
    Param* to = params.data();
    const Field& key = *batch.meta.pk_columns()[0];
    for (void* object : batch.objects) {
        key.ops->bind(key.member(object), *to++);
        for (const Field* field : batch.fields) field->ops->bind(field->member(object), *to++);
    }
    if (!all_different(params, columns)) return std::nullopt;
    return batch.connection.execute(values_update(batch), params).rows_changed;
}

std::int64_t update_by_case(const Batch& batch, std::string_view alias) {
    const ModelMeta& meta = batch.meta;
    std::vector<Literal> keys;
    for (void* object : batch.objects) keys.push_back(meta.pk().get(object));
    std::vector<Assignment> assignments;
    for (const Field* field : batch.fields) {
        const Field& stored = field->value_field();
        const bool own = stored.type && (stored.type->get_prep_value || stored.type->db_type);
        std::vector<QNode> conditions;
        conditions.reserve(batch.objects.size());
        std::vector<expr::When> whens;
        for (std::size_t i = 0; i < batch.objects.size(); ++i) {
            conditions.push_back(has_key_among(meta, {keys[i]}));
            Literal value = field->get(batch.objects[i]), storage;
            if (own && value.kind() != Literal::Kind::expression)
                value = Literal(prepared({stored.kind, field, true}, value, storage));
            whens.push_back({&conditions.back(), value.kind() == Literal::Kind::expression && value.tree()
                                                     ? Expr(static_cast<const Expression*>(value.tree()))
                                                     : own ? expr::value(value)
                                                           : expr::value(value, stored.kind)});
        }
        Expr cases = expr::case_(whens);
        if (own)
            cases = make_ref<ColumnCast>(cases, schema::column_type(*field, batch.connection));
        else if (batch.connection.features().requires_casted_case_in_updates)
            cases = make_ref<ColumnCast>(cases, std::string(batch.connection.operations().cast_type(field_class_name(stored))));
        assignments.emplace_back(Name(field->attname), cases);
    }
    return Query(meta).using_(alias).filter(has_key_among(meta, keys)).update(assignments);
}

}  // namespace

std::int64_t bulk_update(const ModelMeta& meta, Slice<void* const> objects, const std::vector<Name>& names,
                         std::int64_t batch_size, std::string_view database) {
    if (batch_size < 0) throw ValueError("Batch size must be a positive integer.");
    if (names.empty()) throw ValueError("Field names must be given to bulk_update().");
    std::vector<const Field*> fields;
    for (const Name& name : names) {
        const Field& field = meta.field(name);
        if (!field.concrete()) throw ValueError("bulk_update() can only be used with concrete fields.");
        if (meta.is_pk_column(field)) throw ValueError("bulk_update() cannot be used with primary key fields.");
        if (std::find(fields.begin(), fields.end(), &field) == fields.end()) fields.push_back(&field);
    }
    for (void* object : objects) {
        if (has_no_key(meta, object)) throw ValueError("All bulk_update() objects must have a primary key set.");
        prepare_relations(meta, object, "bulk_update", write_database(meta, database));
    }
    if (objects.empty()) return 0;
    const std::string_view alias = write_database(meta, database);
    const Connection connection = db::connection(alias);
    // Each row takes two parameters per field, and one in the list of keys.
    std::size_t batch = rows_per_statement(connection, 2 * fields.size() + 1);
    if (batch_size > 0) batch = std::min(batch, static_cast<std::size_t>(batch_size));
    const bool by_values = fits_values(meta, connection, fields);
    std::int64_t rows = 0;
    const auto update = [&] {
        for (std::size_t at = 0; at < objects.size(); at += batch) {
            const Batch part{meta, connection, std::span(objects.data() + at, std::min(batch, objects.size() - at)), fields};
            std::optional<std::int64_t> changed;
            if (by_values) changed = update_from_values(part);
            rows += changed ? *changed : update_by_case(part, alias);
        }
    };
    // One statement is atomic by itself.
    if (by_values && objects.size() <= batch)
        mark_for_rollback_on_error(update, alias);
    else
        run_atomic(update, {.using_ = alias, .savepoint = false});
    return rows;
}

}  // namespace nuages::db::models

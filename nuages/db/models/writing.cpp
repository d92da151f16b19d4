// UPDATE and DELETE of queries.
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/field_type.hpp>
#include <nuages/db/models/router.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/utils/json_text.hpp>

namespace nuages::db::models {

namespace {

// The WHERE of a statement on one table: the query's own conditions, or its keys where they need other tables.
void write_where(SqlWriter& out, const Query& query, Select& select) {
    bool joined = select.has_aggregates() || select.is_sliced() || select.root != 0;
    for (std::size_t i = 1; i < select.joins.size(); ++i) joined |= select.joins[i].references > 0;
    if (!joined) {
        const std::size_t before = out.text().size();
        out << " WHERE ";
        if (!write_conditions(out, select.where)) out.text().resize(before);
        return;
    }
    Select around(select.model, nullptr);
    auto keys = make_ref<Select>(select.model, &around);
    keys->build(query);
    if (!keys->is_sliced()) keys->clear_ordering();
    std::vector<Name> names;
    for (const Field* column : select.model.pk_columns()) names.push_back(Name::borrow(column->attname));
    keys->select_values(names);
    for (auto& item : keys->items) item.alias = {};
    const bool composite = names.size() > 1;
    out << (composite ? " WHERE (" : " WHERE ");
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i) out << ", ";
        out.name(select.model.db_table);
        out << '.';
        out.name(select.model.pk_columns()[i]->column);
    }
    out << (composite ? ") IN (" : " IN (");
    keys->write(out);
    out << ')';
    out.keep(keys);
    out.scope = &select;
}

// "<ManyToOneRel: shop.review>"
std::string shown_relation(const Field& forward) {
    const char* kind = forward.kind == FieldKind::many_to_many ? "ManyToManyRel" : forward.unique ? "OneToOneRel" : "ManyToOneRel";
    return std::string("<") + kind + ": " + forward.model->app_label + "." + forward.model->model_name + ">";
}

const Field& updated_field(const ModelMeta& meta, std::string_view name) {
    const Field* declared = meta.find(name);
    const Field* forward = declared && declared->kind == FieldKind::reverse ? &reversed_field(*declared) : nullptr;
    if (!declared && meta.registry) {
        for (const ReverseRelation& relation : meta.registry->relations_to(meta)) {
            if (relation.query_name == name && !name.empty()) forward = relation.field;
        }
    }
    if (forward) throw FieldError("Cannot update model field " + shown_relation(*forward) + " (only concrete fields are permitted).");
    const Field& field = meta.field(name);
    if (!field.concrete())
        throw FieldError("Cannot update model field <django.db.models.fields.related." +
                         std::string(field_class_name(field)) + ": " + field.name +
                         "> (only concrete fields are permitted).");
    return field;
}

[[noreturn]] void refuse_in_update(const char* what, const std::string& field, const Expr& expression) {
    throw FieldError(std::string(what) + " are not allowed in this query (" + field + "=" + expression->describe() + ").");
}

// An annotation of another table's column cannot be set: an UPDATE has one table.
void refuse_other_tables(const Expr& expression) {
    if (!expression) return;
    if (const Col* column = expression->as_column(); column && column->alias > 0)
        throw FieldError("Joined field references are not permitted in this query");
    expression->visit([](const Expr& child) { refuse_other_tables(child); });
}

std::int64_t rows_changed_by(const Connection& connection, const SqlWriter& statement) {
    std::int64_t rows = 0;
    mark_for_rollback_on_error(
        [&] { rows = connection.execute(statement.text(), statement.params()).rows_changed; }, connection.alias());
    return rows;
}

}  // namespace

std::int64_t Query::update(const std::vector<Assignment>& assignments) const {
    if (is_combined()) throw NotSupportedError("Calling QuerySet.update() after " + combined_by() + "() is not supported.");
    if (is_sliced()) throw TypeError("Cannot update a query once a slice has been taken.");
    Select select(meta(), nullptr);
    select.build(*this);
    struct Target {
        const Field* field;
        const Literal* literal;
        Literal storage;
        Expr expression;
    };
    std::vector<Target> targets;
    targets.reserve(assignments.size());
    for (const Assignment& assignment : assignments) {
        if (const Field* named = meta().find(assignment.name)) {
            if (named->is_composite())
                throw FieldError("Composite primary key fields must be updated individually.");
            if (named->is_generated()) continue;  // the database computes it
        }
        Target& target = targets.emplace_back(Target{&updated_field(meta(), assignment.name), nullptr, {}, {}});
        if (assignment.expression) {
            Resolver resolver(select);
            resolver.allow_joins = false;
            target.expression = resolver(assignment.expression);
            refuse_other_tables(target.expression);
            if (target.expression->contains_aggregate())
                refuse_in_update("Aggregate functions", target.field->name, assignment.expression);
            if (target.expression->contains_over())
                refuse_in_update("Window expressions", target.field->name, assignment.expression);
        } else {
            target.literal =
                &prepared({target.field->value_field().kind, target.field, true}, assignment.value, target.storage);
        }
    }
    if (targets.empty() || select.is_empty()) return 0;
    const Connection connection = db::connection(write_database(*this));
    SqlWriter out(connection);
    out.scope = &select;
    out << "UPDATE ";
    out.name(meta().db_table);
    out << " SET ";
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (i) out << ", ";
        out.name(targets[i].field->column);
        out << " = ";
        if (targets[i].expression)
            targets[i].expression->write(out);
        else
            out.param(*targets[i].literal);
    }
    write_where(out, *this, select);
    return rows_changed_by(connection, out);
}

std::int64_t Query::raw_delete() const {
    Select select(meta(), nullptr);
    select.build(*this);
    if (select.is_empty()) return 0;
    const Connection connection = db::connection(write_database(*this));
    SqlWriter out(connection);
    out.scope = &select;
    out << "DELETE FROM ";
    out.name(meta().db_table);
    write_where(out, *this, select);
    return rows_changed_by(connection, out);
}

std::string_view write_database(const Query& query) {
    for (const Query::Step* step = query.last(); step; step = step->before()) {
        if (step->kind == steps::Kind::using_) return static_cast<const steps::Using*>(step)->database;
    }
    return db_for_write(query.meta());
}

std::string_view write_database(const ModelMeta& meta, std::string_view alias) {
    return alias.empty() ? db_for_write(meta) : alias;
}

std::size_t rows_per_statement(const Connection& connection, std::size_t columns) {
    const std::size_t most = connection.features().max_query_params;
    if (columns == 0) return 500;  // SQLite bounds the terms of a compound SELECT
    return most / columns ? most / columns : 1;
}

namespace {

// A column of JSON takes any value that a record may hold.
std::string json_text(const Literal& value) {
    switch (value.kind()) {
        case Literal::Kind::text: {
            std::string out;
            utils::append_json_string(out, value.text());
            return out;
        }
        case Literal::Kind::boolean: return value.integer() ? "true" : "false";
        case Literal::Kind::list: {
            std::string out = "[";
            for (const Literal& item : value.list()) out += (out.size() > 1 ? ", " : "") + json_text(item);
            return out + "]";
        }
        case Literal::Kind::null: return "null";
        case Literal::Kind::json: return value.text();
        default: return repr(value);
    }
}

}  // namespace

namespace {
void write_tree(SqlWriter& out, const Field& field, Expr tree, Select& scope) {
    Resolver resolver(scope);
    resolver.allow_joins = false;
    if (tree) tree = resolver(tree);
    if (!tree) return out.param(Param());
    if (tree->contains_aggregate())
        throw FieldError("Aggregate functions are not allowed in this query (" + field.name + "=).");
    tree->write(out);
    out.keep(tree);
}
}  // namespace

void write_value(SqlWriter& out, const Field& field, const void* object, Select& scope) {
    // A value that is rewritten on its way takes the long way.
    const bool rewritten = field.kind == FieldKind::ip_address || (field.type && field.type->get_prep_value);
    if (field.ops->is_unset && field.db_default && field.ops->is_unset(field.member(object)))
        return write_tree(out, field, field.db_default, scope);
    if (!field.model->is_record() && !rewritten) {
        Param param;
        field.ops->bind(field.member(object), param);
        out.param(param);
        return;
    }
    const Literal value = field.get(object);
    if (value.kind() == Literal::Kind::expression)
        return write_tree(out, field, value.tree() ? Expr(static_cast<const Expression*>(value.tree())) : field.db_default,
                          scope);
    if (field.kind == FieldKind::json && !value.is_null() && value.kind() != Literal::Kind::json) {
        out.owned_param(json_text(value));
        return;
    }
    Literal storage;
    out.param(out.keep(prepared({field.value_field().kind, &field, true}, value, storage)));
}

namespace {

void write_conflicts(SqlWriter& out, const ModelMeta& meta, const BulkCreateOptions& conflicts) {
    out << " ON CONFLICT(";
    bool first = true;
    for (const Name& name : conflicts.unique_fields) {
        const Field& field = meta.field(name);
        std::vector<const Field*> columns{&field};
        if (field.is_composite()) columns = meta.pk_columns();
        for (const Field* column : columns) {
            if (!first) out << ", ";
            first = false;
            out.name(column->column);
        }
    }
    out << ") DO UPDATE SET ";
    for (std::size_t i = 0; i < conflicts.update_fields.size(); ++i) {
        if (i) out << ", ";
        const std::string& column = meta.field(conflicts.update_fields[i]).column;
        out.name(column);
        out << " = EXCLUDED.";
        out.name(column);
    }
}

}  // namespace

void insert_rows(const Connection& connection, const ModelMeta& meta, std::span<void* const> objects,
                 const std::vector<const Field*>& columns, const std::vector<const Field*>& returning,
                 const BulkCreateOptions* conflicts) {
    SqlWriter out(connection);
    Select scope(meta, nullptr);
    scope.base();
    out.scope = &scope;
    const bool ignore = conflicts && conflicts->ignore_conflicts;
    const LookupOperator skip = ignore ? connection.operations().ignore_conflicts() : LookupOperator{};
    out << "INSERT " << skip.before << (skip.before.empty() ? "INTO " : " INTO ");
    out.name(meta.db_table);
    if (columns.empty()) {
        out << ' ' << connection.operations().insert_defaults();
    } else {
        out << " (";
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (i) out << ", ";
            out.name(columns[i]->column);
        }
        out << ") VALUES ";
        for (std::size_t row = 0; row < objects.size(); ++row) {
            out << (row ? ", (" : "(");
            for (std::size_t i = 0; i < columns.size(); ++i) {
                if (i) out << ", ";
                write_value(out, *columns[i], objects[row], scope);
            }
            out << ')';
        }
    }
    if (ignore && !skip.after.empty()) out << ' ' << skip.after;
    if (conflicts && conflicts->update_conflicts) write_conflicts(out, meta, *conflicts);
    if (returning.empty() || ignore) {
        connection.execute(out.text(), out.params());
        return;
    }
    if (objects.size() == 1 ? connection.features().can_return_columns_from_insert
                            : connection.features().can_return_rows_from_bulk_insert) {
        write_returning(out, meta, returning);
        std::size_t row = 0;
        connection.execute(out.text(), out.params(), [&](std::span<const Cell> cells) {
            if (row == objects.size()) return;
            for (std::size_t i = 0; i < returning.size(); ++i)
                returning[i]->ops->decode(returning[i]->member(objects[row]), cells[i]);
            ++row;
        });
        return;
    }
    const ExecuteResult result = connection.execute(out.text(), out.params());
    const Field& pk = meta.pk();
    if (objects.size() == 1 && pk.is_auto())
        pk.ops->decode(pk.member(objects[0]), Cell::from_integer(result.last_insert_id));
}

void write_returning(SqlWriter& out, const ModelMeta& meta, const std::vector<const Field*>& columns) {
    out << " RETURNING ";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i) out << ", ";
        out.name(meta.db_table);
        out << '.';
        out.name(columns[i]->column);
    }
}

}  // namespace nuages::db::models

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

// "F(pages) + Value(1)" as Django shows it once it is resolved: "Col(shop_book, shop.Book.pages) + Value(1)".
std::string with_columns(std::string text, const ModelMeta& meta) {
    for (std::size_t at = text.find("F("); at != text.npos; at = text.find("F(", at + 1)) {
        const bool inside_word = at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) || text[at - 1] == '_');
        const std::size_t close = text.find(')', at);
        if (inside_word || close == text.npos) continue;
        const Field* field = meta.find(std::string_view(text).substr(at + 2, close - at - 2));
        if (field) text.replace(at, close - at, "Col(" + meta.db_table + ", " + meta.label() + "." + field->name);
    }
    return text;
}

[[noreturn]] void refuse_in_update(const char* what, const Field& field, const Expr& expression) {
    throw FieldError(std::string(what) + " are not allowed in this query (" + field.name + "=" + with_columns(expression->describe(), *field.model) + ").");
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
    if (!select.distinct_names.empty()) throw TypeError("Cannot call update() after .distinct(*fields).");
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
                refuse_in_update("Aggregate functions", *target.field, assignment.expression);
            if (target.expression->contains_over())
                refuse_in_update("Window expressions", *target.field, assignment.expression);
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
bool names_columns(const Expression& tree) {
    if (tree.as_column()) return true;
    bool found = false;
    tree.visit([&](const Expr& part) { found = found || (part && names_columns(*part)); });
    return found;
}

void write_tree(SqlWriter& out, const Field& field, const Expr& given, Select& scope, bool inserting) {
    Resolver resolver(scope);
    resolver.allow_joins = false;
    const Expr tree = given ? resolver(given) : Expr();
    if (!tree) return out.param(Param());
    if (inserting && names_columns(*tree))
        throw ValueError("Failed to insert expression \"" + with_columns(given->describe(), *field.model) + "\" on " + field.model->label() + "." +
                         field.name + ". F() expressions can only be used to update, not to insert.");
    if (tree->contains_aggregate()) refuse_in_update("Aggregate functions", field, given);
    if (tree->contains_over()) refuse_in_update("Window expressions", field, given);
    tree->write(out);
    out.keep(tree);
}
}  // namespace

void write_value(SqlWriter& out, const Field& field, const void* object, Select& scope, bool inserting) {
    // A value that is rewritten on its way takes the long way.
    const bool rewritten = field.kind == FieldKind::ip_address || (field.type && field.type->get_prep_value);
    if (field.ops->is_unset && field.db_default && field.ops->is_unset(field.member(object)))
        return write_tree(out, field, field.db_default, scope, inserting);
    if (!field.model->is_record() && !rewritten) {
        Param param;
        field.ops->bind(field.member(object), param);
        out.param(param);
        return;
    }
    const Literal value = field.get(object);
    if (value.kind() == Literal::Kind::expression)
        return write_tree(out, field, value.tree() ? Expr(static_cast<const Expression*>(value.tree())) : field.db_default,
                          scope, inserting);
    if (field.kind == FieldKind::json && !value.is_null() && value.kind() != Literal::Kind::json) {
        out.owned_param(json_text(value));
        return;
    }
    Literal storage;
    out.param(out.keep(prepared({field.value_field().kind, &field, true}, value, storage)));
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

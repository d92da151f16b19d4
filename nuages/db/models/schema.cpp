// CREATE TABLE and CREATE INDEX in Django's words: django.db.backends.base.schema.
#include <nuages/db/connection.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/introspection.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/models/field_type.hpp>
#include <nuages/db/models/swapping.hpp>
#include <nuages/db/operations.hpp>
#include <nuages/utils/crypto.hpp>

#include <algorithm>

namespace nuages::db::models::schema {

namespace {

std::string limited_name(std::string_view table, std::span<const std::string> columns, std::string_view suffix,
                         std::size_t max_length) {
    std::string all(table), list;
    for (const std::string& column : columns) {
        all += column;
        list += (list.empty() ? "" : "_") + column;
    }
    std::string tail = utils::md5_hex(all).substr(0, 8) + std::string(suffix);
    std::string name = std::string(table) + "_" + list + "_" + tail;
    if (name.size() <= max_length) return name;
    if (tail.size() > max_length / 3) tail.resize(max_length / 3);
    const std::size_t rest = (max_length - tail.size()) / 2 - 1;
    name = std::string(table.substr(0, rest)) + "_" + list.substr(0, rest) + "_" + tail;
    if (name[0] == '_' || (name[0] >= '0' && name[0] <= '9')) name = "D" + name.substr(0, name.size() - 1);
    return name;
}

void replace(std::string& text, std::string_view what, std::string_view by) {
    for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
}

std::string with_options(std::string_view pattern, const Field& field, const Operations& operations) {
    std::string text(pattern);
    if (field.max_length == 0) replace(text, "(%(max_length)s)", "");
    replace(text, "%(max_length)s", std::to_string(field.max_length));
    replace(text, "%(max_digits)s", std::to_string(field.max_digits));
    replace(text, "%(decimal_places)s", std::to_string(field.decimal_places));
    replace(text, "%(column)s", operations.quoted(field.column));
    return text;
}

/// The class name by which the backend knows a field's type: own classes have that of their kind.
std::string type_key(const Field& field, const Operations& operations) {
    const std::string name(field_class_name(field));
    if (!field.is_generated() && !operations.data_type(name).empty()) return name;
    return std::string(output_name({field.kind, nullptr, true}));
}

}  // namespace

std::string column_type(const Field& field, const Connection& connection) {
    const Operations& operations = connection.operations();
    if (field.type && field.type->db_type) {
        if (std::string own = field.type->db_type(field, connection); !own.empty()) return own;
    }
    if (field.is_foreign_key()) {
        const Field& target = field.value_field();
        switch (target.kind) {
            case FieldKind::small_auto: return std::string(operations.data_type("SmallIntegerField"));
            case FieldKind::auto_:
            case FieldKind::positive_integer: return std::string(operations.data_type("IntegerField"));
            case FieldKind::positive_small_integer: return std::string(operations.data_type("SmallIntegerField"));
            case FieldKind::big_auto:
            case FieldKind::positive_big_integer: return std::string(operations.data_type("BigIntegerField"));
            default: return column_type(target, connection);
        }
    }
    return with_options(operations.data_type(type_key(field, operations)), field, operations);
}

namespace {

/// A condition of a constraint or an index as SQL with its values in it.
std::string condition_sql(const Connection& connection, const ModelMeta& meta, const QNode& condition) {
    Select select(meta, nullptr);
    select.add_q(condition);
    if (select.joins.size() > 1) throw FieldError("Joined field references are not permitted in this query");
    SqlWriter out(connection);
    out.scope = &select;
    out.bare_columns = true;
    out.inline_literals = true;
    write_conditions(out, select.where);
    return out.text();
}

/// An expression over the columns of one table as SQL with its values in it.
std::string expression_sql(const Connection& connection, const ModelMeta& meta, const Expr& expression,
                           bool* is_column = nullptr) {
    Select select(meta, nullptr);
    select.base();
    Resolver resolver(select);
    const Expr resolved = resolver(expression);
    if (select.joins.size() > 1) throw FieldError("Joined field references are not permitted in this query");
    if (resolved->contains_aggregate()) throw FieldError("Aggregate functions are not allowed in this query");
    SqlWriter out(connection);
    out.scope = &select;
    out.bare_columns = true;
    out.inline_literals = true;
    resolved->write(out);
    if (is_column) *is_column = resolved->as_column() != nullptr;
    return out.text();
}

bool is_plain_value(const Expr& expression) { return dynamic_cast<const ValueExpr*>(expression.get()) != nullptr; }

std::vector<std::string> columns_of(const ModelMeta& meta, const std::vector<std::string>& names) {
    std::vector<std::string> columns;
    for (const std::string& name : names)
        columns.push_back(meta.field(name.starts_with('-') ? std::string_view(name).substr(1) : name).column);
    return columns;
}

bool is_supported(const Features& features, const Constraint& constraint) {
    return (constraint.deferrable == Constraint::Deferrable::no || features.supports_deferrable_unique_constraints) &&
           (!constraint.nulls_distinct || features.supports_nulls_distinct_unique_constraints) &&
           (constraint.include.empty() || features.supports_covering_indexes);
}

std::string_view on_delete_sql(OnDelete rule) {
    switch (rule) {
        case OnDelete::DB_CASCADE: return " ON DELETE CASCADE";
        case OnDelete::DB_SET_NULL: return " ON DELETE SET NULL";
        case OnDelete::DB_SET_DEFAULT: return " ON DELETE SET DEFAULT";
        default: return {};
    }
}

class Maker {
public:
    Maker(const Connection& connection, std::vector<std::string>& tables, std::vector<std::string>& rest)
        : connection_(connection),
          operations_(connection.operations()),
          features_(connection.features()),
          tables_(tables),
          rest_(rest) {}

    void add(const ModelMeta& meta) {
        add_table(meta);
        if (features_.supports_comments) add_comments(meta);
        add_indexes(meta);
        for (const Field* field : meta.many_to_many()) {
            const ModelMeta& through = meta.through(*field);
            if (through.auto_created) add(through);
        }
    }

private:
    std::string name_of(const ModelMeta& meta, const std::vector<std::string>& columns, std::string_view suffix) const {
        const std::size_t most = operations_.max_name_length();
        return limited_name(meta.db_table, columns, suffix, most ? most : 200);
    }
    std::string quoted_list(const std::vector<std::string>& names) const {
        std::string list;
        for (const std::string& name : names) list += (list.empty() ? "" : ", ") + operations_.quoted(name);
        return list;
    }
    std::string tablespace(std::string_view name, std::string_view before) const {
        if (name.empty() || !features_.supports_tablespaces) return {};
        return std::string(before) + "TABLESPACE " + operations_.quoted(name);
    }

    void add_table(const ModelMeta& meta) {
        for (const std::vector<std::string>& together : meta.unique_together) add_unique_together(meta, together);
        std::string sql = "CREATE TABLE " + operations_.quoted(meta.db_table) + " (";
        bool first = true;
        for (const Field* field : meta.columns()) {
            if (!first) sql += ", ";
            first = false;
            add_column(sql, meta, *field);
        }
        if (meta.pk().is_composite()) {
            std::vector<std::string> columns;
            for (const Field* part : meta.pk_columns()) columns.push_back(part->column);
            sql += ", PRIMARY KEY (" + quoted_list(columns) + ")";
        }
        for (const Constraint& constraint : meta.constraints) add_constraint(sql, meta, constraint);
        tables_.push_back(sql + ")" + tablespace(meta.db_tablespace, " ") + ";");
    }

    void add_comments(const ModelMeta& meta) {
        const auto add = [&](std::string_view what, const std::string& name, std::string_view comment) {
            if (comment.empty()) return;
            std::string sql = "COMMENT ON " + std::string(what) + " " + name + " IS ";
            operations_.quote_literal(sql, ParamKind::text, comment);
            tables_.push_back(sql + ";");
        };
        const std::string table = operations_.quoted(meta.db_table);
        add("TABLE", table, meta.db_table_comment);
        for (const Field* field : meta.columns()) add("COLUMN", table + "." + operations_.quoted(field->column), field->db_comment);
    }

    void add_unique_together(const ModelMeta& meta, const std::vector<std::string>& together) {
        const std::vector<std::string> columns = columns_of(meta, together);
        const std::string name = operations_.quoted(name_of(meta, columns, "_uniq"));
        const std::string table = operations_.quoted(meta.db_table);
        rest_.push_back(features_.can_alter_foreign_keys
                            ? "ALTER TABLE " + table + " ADD CONSTRAINT " + name + " UNIQUE (" + quoted_list(columns) + ");"
                            : "CREATE UNIQUE INDEX " + name + " ON " + table + " (" + quoted_list(columns) + ");");
    }

    // A check or a plain unique constraint stands in the table, any other is an index. What the database cannot do is
    // left out, as Django leaves it out.
    void add_constraint(std::string& sql, const ModelMeta& meta, const Constraint& constraint) {
        const std::string name = operations_.quoted(constraint.name);
        if (constraint.is_check()) {
            sql += ", CONSTRAINT " + name + " CHECK (" + condition_sql(connection_, meta, *constraint.condition) + ")";
            return;
        }
        if (constraint.is_exclusion()) {
            sql += ", CONSTRAINT " + name + exclusion(meta, constraint);
            return;
        }
        if (!is_supported(features_, constraint)) return;
        const std::string nulls = !constraint.nulls_distinct   ? ""
                                  : *constraint.nulls_distinct ? " NULLS DISTINCT"
                                                               : " NULLS NOT DISTINCT";
        if (!constraint.condition && constraint.expressions.empty() && constraint.include.empty() &&
            constraint.opclasses.empty()) {
            sql += ", CONSTRAINT " + name + " UNIQUE" + nulls + " (" +
                   quoted_list(columns_of(meta, constraint.fields)) + ")";
            if (constraint.deferrable != Constraint::Deferrable::no)
                sql += constraint.deferrable == Constraint::Deferrable::deferred ? " DEFERRABLE INITIALLY DEFERRED"
                                                                                 : " DEFERRABLE INITIALLY IMMEDIATE";
            return;
        }
        std::string index = "CREATE UNIQUE INDEX " + name + " ON " + operations_.quoted(meta.db_table) + " (" +
                            element_list(meta, constraint.expressions, constraint.fields, constraint.opclasses) + ")" +
                            included(meta, constraint.include) + nulls;
        if (constraint.condition) index += " WHERE " + condition_sql(connection_, meta, *constraint.condition);
        rest_.push_back(index + ";");
    }

    void require_postgresql(std::string_view what) const {
        if (connection_.vendor() != "postgresql")
            throw NotSupportedError(std::string(what) + " is PostgreSQL's; '" + connection_.alias() + "' is a database of " +
                                    std::string(connection_.vendor()) + ".");
    }

    std::string exclusion(const ModelMeta& meta, const Constraint& constraint) const {
        require_postgresql("ExclusionConstraint " + constraint.name);
        if (constraint.index_type != "GIST" && constraint.index_type != "SPGIST")
            throw ImproperlyConfigured("Exclusion constraints only support GiST or SP-GiST indexes.");
        if (constraint.operators.size() != constraint.expressions.size())
            throw ImproperlyConfigured("The expressions must be a list of 2-tuples.");
        std::string list;
        for (std::size_t i = 0; i < constraint.expressions.size(); ++i) {
            const std::string& with = constraint.operators[i];
            if (with.empty() || with.find_first_not_of("+-*/<>=~!@#%^&|`?") != with.npos)
                throw ImproperlyConfigured("'" + with + "' is not an operator.");
            bool descending = false;
            list += (i ? ", " : "") + element(meta, constraint.expressions[i], descending) + " WITH " + with;
        }
        std::string sql = " EXCLUDE USING " + constraint.index_type + " (" + list + ")" + included(meta, constraint.include);
        if (constraint.condition) sql += " WHERE (" + condition_sql(connection_, meta, *constraint.condition) + ")";
        if (constraint.deferrable != Constraint::Deferrable::no)
            sql += constraint.deferrable == Constraint::Deferrable::deferred ? " DEFERRABLE INITIALLY DEFERRED" : " DEFERRABLE INITIALLY IMMEDIATE";
        return sql;
    }

    std::string method_sql(const IndexMethod& method) const {
        if (method.name.empty()) return {};
        require_postgresql("An index USING " + method.name);
        return " USING " + word(method.name);
    }
    static std::string parameters_sql(const IndexMethod& method) {
        std::string list;
        for (std::size_t i = 0; i + 1 < method.with.size(); i += 2)
            list += (list.empty() ? "" : ", ") + word(method.with[i]) + " = " + word(method.with[i + 1]);
        return list.empty() ? list : " WITH (" + list + ")";
    }

    std::string included(const ModelMeta& meta, const std::vector<std::string>& names) const {
        if (names.empty() || !features_.supports_covering_indexes) return {};
        return " INCLUDE (" + quoted_list(columns_of(meta, names)) + ")";
    }

    std::string element(const ModelMeta& meta, const OrderBy& entry, bool& descending) const {
        if (!entry.expression) {
            std::string_view name = entry.path.view();
            if (name.starts_with('-')) {
                descending = true;
                name.remove_prefix(1);
            }
            return operations_.quoted(meta.field(name).column);
        }
        bool is_column = false;
        std::string text = expression_sql(connection_, meta, entry.expression, &is_column);
        return is_column ? text : "(" + text + ")";
    }

    // The elements of an index: fields ("-name" for descending) with their operator classes, or expressions, which stand
    // in parentheses where they are more than a column.
    std::string element_list(const ModelMeta& meta, const std::vector<OrderBy>& expressions,
                             const std::vector<std::string>& fields, const std::vector<std::string>& opclasses) const {
        std::string list;
        for (const OrderBy& entry : expressions) {
            bool descending = entry.descending;
            const std::string text = element(meta, entry, descending);
            list += (list.empty() ? "" : ", ") + text + (descending ? " DESC" : "");
        }
        for (std::size_t i = 0; i < fields.size(); ++i) {
            const bool descending = fields[i].starts_with('-');
            const Field& field = meta.field(std::string_view(fields[i]).substr(descending ? 1 : 0));
            list += (list.empty() ? "" : ", ") + operations_.quoted(field.column);
            if (i < opclasses.size() && features_.supports_covering_indexes) list += " " + word(opclasses[i]);
            if (descending) list += " DESC";
        }
        return list;
    }

    // The name of an operator class, maybe with its schema: printed as it is, so it must be a name.
    static const std::string& word(const std::string& name) {
        const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
            return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
        });
        if (!plain) throw ImproperlyConfigured("'" + name + "' is not the name of an operator class.");
        return name;
    }

    // What stands between a column's type and its key: a default of the database, or how it is generated, or NULL.
    std::string column_rule(const ModelMeta& meta, const Field& field) const {
        std::string rule;
        if (field.db_default) {
            const std::string value = expression_sql(connection_, meta, default_of(field));
            LookupOperator around{"(", ")"};
            if (is_plain_value(field.db_default))
                around = field.value_field().kind == FieldKind::decimal ? operations_.decimal_value() : LookupOperator{};
            rule = " DEFAULT " + std::string(around.before) + value + std::string(around.after);
        }
        if (field.is_generated())
            return rule + " GENERATED ALWAYS AS (" + expression_sql(connection_, meta, field.generated) + ")" +
                   (field.db_persist ? " STORED" : " VIRTUAL");
        return rule + (field.null ? " NULL" : " NOT NULL");
    }

    // A plain value is one of the column's type.
    static Expr default_of(const Field& field) {
        const auto* value = dynamic_cast<const ValueExpr*>(field.db_default.get());
        if (!value) return field.db_default;
        const FieldKind kind = field.value_field().kind;
        Literal storage;
        return expr::value(prepared({kind, &field, true}, value->literal, storage), kind);
    }

    void add_column(std::string& sql, const ModelMeta& meta, const Field& field) {
        const std::string type = column_type(field, connection_);
        if (type.empty())
            throw ImproperlyConfigured("The database has no column type for " + meta.label() + "." + field.name + ".");
        sql += operations_.quoted(field.column) + " " + type;
        const std::string& collation = field.is_foreign_key() ? field.value_field().db_collation : field.db_collation;
        if (!collation.empty()) sql += " " + operations_.collate_sql(collation);
        sql += column_rule(meta, field);
        if (field.primary_key)
            sql += " PRIMARY KEY";
        else if (field.unique)
            sql += " UNIQUE";
        if (field.has_unique())
            sql += tablespace(field.db_tablespace.empty() ? meta.db_tablespace : field.db_tablespace, " USING INDEX ");
        if (!field.is_foreign_key()) {
            const std::string key = type_key(field, operations_);
            const std::string check = with_options(operations_.data_type_check(key), field, operations_);
            if (!check.empty()) sql += " CHECK (" + check + ")";
            const std::string_view suffix = operations_.data_type_suffix(key);
            if (!suffix.empty()) sql += " " + std::string(suffix);
        }
        if (!field.is_foreign_key() || !field.relation.db_constraint) return;
        const Field& target = field.target_field();
        const std::string reference = "REFERENCES " + operations_.quoted(target.model->db_table) + " (" +
                                      operations_.quoted(target.column) + ")" +
                                      std::string(on_delete_sql(field.relation.on_delete)) +
                                      " DEFERRABLE INITIALLY DEFERRED";
        if (!features_.can_alter_foreign_keys) {
            sql += " " + reference;
            return;
        }
        const std::string name = name_of(meta, {field.column}, "_fk_" + target.model->db_table + "_" + target.column);
        rest_.push_back("ALTER TABLE " + operations_.quoted(meta.db_table) + " ADD CONSTRAINT " +
                        operations_.quoted(name) + " FOREIGN KEY (" + operations_.quoted(field.column) + ") " +
                        reference + ";");
    }

    void add_field_indexes(const ModelMeta& meta, const Field& field) {
        const std::string head = " ON " + operations_.quoted(meta.db_table) + " (" + operations_.quoted(field.column);
        const std::string space = tablespace(field.db_tablespace.empty() ? meta.db_tablespace : field.db_tablespace, " ");
        if (field.has_index() && !field.has_unique())
            rest_.push_back("CREATE INDEX " + operations_.quoted(name_of(meta, {field.column}, "")) + head + ")" + space + ";");
        if (!field.has_index() && !field.has_unique()) return;
        // Of a column with a collation of its own it is not known whether it serves patterns.
        if (!field.value_field().db_collation.empty()) return;
        const std::string_view opclass = operations_.pattern_opclass(column_type(field, connection_));
        if (opclass.empty()) return;
        rest_.push_back("CREATE INDEX " + operations_.quoted(name_of(meta, {field.column}, "_like")) + head + " " +
                        std::string(opclass) + ")" + space + ";");
    }

    void add_indexes(const ModelMeta& meta) {
        for (const Field* field : meta.columns()) add_field_indexes(meta, *field);
        for (const Index& index : meta.indexes) {
            std::string sql = "CREATE INDEX " +
                              operations_.quoted(index.name.empty() ? default_name(meta, index) : index.name) + " ON " +
                              operations_.quoted(meta.db_table) + method_sql(index.method) + " (" +
                              element_list(meta, index.expressions, index.fields, index.opclasses) + ")" +
                              included(meta, index.include) + parameters_sql(index.method) +
                              tablespace(index.db_tablespace.empty() ? meta.db_tablespace : index.db_tablespace, " ");
            if (index.condition) sql += " WHERE " + condition_sql(connection_, meta, *index.condition);
            rest_.push_back(sql + ";");
        }
    }

    static std::string default_name(const ModelMeta& meta, const Index& index) {
        const std::string suffix = index.method.suffix.empty() ? "idx" : index.method.suffix;
        std::string all = meta.db_table;
        const std::vector<std::string> columns = columns_of(meta, index.fields);
        for (std::size_t i = 0; i < columns.size(); ++i)
            all += (index.fields[i].starts_with('-') ? "-" : "") + columns[i];
        std::string name =
            meta.db_table.substr(0, 11) + "_" + columns.front().substr(0, 7) + "_" + utils::md5_hex(all + suffix).substr(0, 6) + "_" + suffix;
        if (name[0] == '_' || (name[0] >= '0' && name[0] <= '9')) name[0] = 'D';
        return name;
    }

    const Connection& connection_;
    const Operations& operations_;
    const Features& features_;
    std::vector<std::string>& tables_;
    std::vector<std::string>& rest_;
};

bool has_feature(const Features& features, const std::string& name) {
    constexpr std::pair<std::string_view, bool Features::*> kNames[] = {
        {"supports_partial_indexes", &Features::supports_partial_indexes},
        {"supports_json_field_contains", &Features::supports_json_field_contains},
        {"can_distinct_on_fields", &Features::can_distinct_on_fields},
        {"has_select_for_update", &Features::has_select_for_update},
        {"has_native_uuid_field", &Features::has_native_uuid_field},
        {"supports_comments", &Features::supports_comments},
        {"supports_tablespaces", &Features::supports_tablespaces},
        {"supports_covering_indexes", &Features::supports_covering_indexes},
        {"supports_nulls_distinct_unique_constraints", &Features::supports_nulls_distinct_unique_constraints},
        {"supports_deferrable_unique_constraints", &Features::supports_deferrable_unique_constraints},
    };
    for (const auto& [known, member] : kNames) {
        if (known == name) return features.*member;
    }
    throw ImproperlyConfigured("required_db_features: there is no feature '" + name + "'.");
}

}  // namespace

std::string index_name(std::string_view table, std::span<const std::string> columns, std::string_view suffix) {
    return limited_name(table, columns, suffix, 200);
}

std::vector<std::string> create_statements(const Connection& connection, const ModelMeta& meta) {
    std::vector<std::string> tables, rest;
    Maker(connection, tables, rest).add(meta);
    tables.insert(tables.end(), rest.begin(), rest.end());
    return tables;
}

std::vector<std::string> delete_statements(const Connection& connection, const ModelMeta& meta) {
    const Operations& operations = connection.operations();
    const auto drop = [&](const ModelMeta& model) {
        return "DROP TABLE " + operations.quoted(model.db_table) + std::string(operations.drop_table_suffix()) + ";";
    };
    std::vector<std::string> statements;
    for (const Field* field : meta.many_to_many()) {
        const ModelMeta& through = meta.through(*field);
        if (through.auto_created)
            statements.push_back(drop(through));
    }
    statements.push_back(drop(meta));
    return statements;
}

namespace {

/// The tables that are there: by introspection, or by trying each where the backend has none.
class KnownTables {
public:
    explicit KnownTables(const Connection& connection) : connection_(connection) {
        try {
            introspection_ = &connection.introspection();
        } catch (const NotSupportedError&) {
            return;
        }
        for (const std::string& name : introspection_->table_names(connection, true))
            names_.push_back(introspection_->identifier_converter(name));
    }
    bool contain(const std::string& table) const {
        if (introspection_)
            return std::find(names_.begin(), names_.end(), introspection_->identifier_converter(table)) != names_.end();
        try {
            connection_.execute("SELECT 1 FROM " + connection_.operations().quoted(table) + " WHERE 1 = 0",
                                std::span<const Param>());
            return true;
        } catch (const DatabaseError&) {
            return false;
        }
    }

private:
    const Connection& connection_;
    const Introspection* introspection_ = nullptr;
    std::vector<std::string> names_;
};

}  // namespace

bool can_migrate(const Connection& connection, const ModelMeta& meta) {
    if (!meta.managed || swapped_for(meta)) return false;
    if (!meta.required_db_vendor.empty() && meta.required_db_vendor != connection.vendor()) return false;
    return std::all_of(meta.required_db_features.begin(), meta.required_db_features.end(),
                       [&](const std::string& name) { return has_feature(connection.features(), name); });
}

std::vector<std::string> create_tables(const Connection& connection, std::span<const ModelMeta* const> models) {
    const KnownTables known(connection);
    std::vector<std::string> created, statements, rest;
    for (const ModelMeta* meta : models) {
        if (!can_migrate(connection, *meta)) continue;
        if (known.contain(meta->db_table)) continue;
        Maker(connection, statements, rest).add(*meta);
        created.push_back(meta->db_table);
    }
    statements.insert(statements.end(), rest.begin(), rest.end());
    for (const std::string& statement : statements) connection.execute(statement, std::span<const Param>());
    return created;
}

}  // namespace nuages::db::models::schema

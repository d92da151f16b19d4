// CREATE TABLE and CREATE INDEX in Django's words: django.db.backends.base.schema.
#include <nuages/db/connection.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/operations.hpp>

#include <openssl/evp.h>

namespace nuages::db::models::schema {

namespace {

std::string digest(std::string_view text, std::size_t length) {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), bytes, &size, EVP_md5(), nullptr);
    constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
        hex += kDigits[bytes[i] >> 4];
        hex += kDigits[bytes[i] & 15];
    }
    return hex.substr(0, length);
}

std::string limited_name(std::string_view table, std::span<const std::string> columns, std::string_view suffix,
                         std::size_t max_length) {
    std::string all(table), list;
    for (const std::string& column : columns) {
        all += column;
        list += (list.empty() ? "" : "_") + column;
    }
    std::string tail = digest(all, 8) + std::string(suffix);
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

std::string column_type(const Field& field, const Operations& operations) {
    if (field.is_foreign_key()) {
        const Field& target = field.value_field();
        switch (target.kind) {
            case FieldKind::small_auto: return std::string(operations.data_type("SmallIntegerField"));
            case FieldKind::auto_:
            case FieldKind::positive_integer: return std::string(operations.data_type("IntegerField"));
            case FieldKind::positive_small_integer: return std::string(operations.data_type("SmallIntegerField"));
            case FieldKind::big_auto:
            case FieldKind::positive_big_integer: return std::string(operations.data_type("BigIntegerField"));
            default: return with_options(operations.data_type(type_key(target, operations)), target, operations);
        }
    }
    return with_options(operations.data_type(type_key(field, operations)), field, operations);
}

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

class Maker {
public:
    Maker(const Connection& connection, std::vector<std::string>& tables, std::vector<std::string>& rest)
        : connection_(connection), operations_(connection.operations()), tables_(tables), rest_(rest) {}

    void add(const ModelMeta& meta) {
        add_table(meta);
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

    void add_table(const ModelMeta& meta) {
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
        for (const std::vector<std::string>& together : meta.unique_together) {
            const std::vector<std::string> columns = columns_of(meta, together);
            rest_.push_back("CREATE UNIQUE INDEX " + operations_.quoted(name_of(meta, columns, "_uniq")) + " ON " +
                            operations_.quoted(meta.db_table) + " (" + quoted_list(columns) + ");");
        }
        for (const Constraint& constraint : meta.constraints) add_constraint(sql, meta, constraint);
        tables_.push_back(sql + ");");
    }

    // A check or a plain unique constraint stands in the table, any other is an index.
    void add_constraint(std::string& sql, const ModelMeta& meta, const Constraint& constraint) {
        if (constraint.is_check()) {
            sql += ", CONSTRAINT " + operations_.quoted(constraint.name) + " CHECK (" +
                   condition_sql(connection_, meta, *constraint.condition) + ")";
            return;
        }
        if (!constraint.condition && constraint.expressions.empty()) {
            sql += ", CONSTRAINT " + operations_.quoted(constraint.name) + " UNIQUE (" +
                   quoted_list(columns_of(meta, constraint.fields)) + ")";
            return;
        }
        const std::string list = constraint.expressions.empty()
                                     ? quoted_list(columns_of(meta, constraint.fields))
                                     : expression_list(meta, constraint.expressions);
        std::string index = "CREATE UNIQUE INDEX " + operations_.quoted(constraint.name) + " ON " +
                            operations_.quoted(meta.db_table) + " (" + list + ")";
        if (constraint.condition) index += " WHERE " + condition_sql(connection_, meta, *constraint.condition);
        rest_.push_back(index + ";");
    }

    // The elements of an index over expressions: plain columns by name, others in parentheses.
    std::string expression_list(const ModelMeta& meta, const std::vector<OrderBy>& expressions) const {
        std::string list;
        for (const OrderBy& entry : expressions) {
            bool descending = entry.descending;
            std::string text;
            if (entry.expression) {
                bool is_column = false;
                text = expression_sql(connection_, meta, entry.expression, &is_column);
                if (!is_column) text = "(" + text + ")";
            } else {
                std::string_view name = entry.path.view();
                if (name.starts_with('-')) {
                    descending = true;
                    name.remove_prefix(1);
                }
                text = operations_.quoted(meta.field(name).column);
            }
            list += (list.empty() ? "" : ", ") + text + (descending ? " DESC" : "");
        }
        return list;
    }

    // What stands between a column's type and its key: a default of the database, or how it is generated, or NULL.
    std::string column_rule(const ModelMeta& meta, const Field& field) const {
        std::string rule;
        if (field.db_default) {
            const std::string value = expression_sql(connection_, meta, field.db_default);
            rule = is_plain_value(field.db_default) ? " DEFAULT " + value : " DEFAULT (" + value + ")";
        }
        if (field.is_generated())
            return rule + " GENERATED ALWAYS AS (" + expression_sql(connection_, meta, field.generated) + ")" +
                   (field.db_persist ? " STORED" : " VIRTUAL");
        return rule + (field.null ? " NULL" : " NOT NULL");
    }

    void add_column(std::string& sql, const ModelMeta& meta, const Field& field) {
        const std::string type = column_type(field, operations_);
        if (type.empty())
            throw ImproperlyConfigured("The database has no column type for " + meta.label() + "." + field.name + ".");
        sql += operations_.quoted(field.column) + " " + type;
        if (!field.db_collation.empty()) sql += " COLLATE " + operations_.quoted(field.db_collation);
        sql += column_rule(meta, field);
        if (field.primary_key)
            sql += " PRIMARY KEY";
        else if (field.unique)
            sql += " UNIQUE";
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
                                      operations_.quoted(target.column) + ") DEFERRABLE INITIALLY DEFERRED";
        if (!connection_.features().can_alter_foreign_keys) {
            sql += " " + reference;
            return;
        }
        const std::string name = name_of(meta, {field.column}, "_fk_" + target.model->db_table + "_" + target.column);
        rest_.push_back("ALTER TABLE " + operations_.quoted(meta.db_table) + " ADD CONSTRAINT " +
                        operations_.quoted(name) + " FOREIGN KEY (" + operations_.quoted(field.column) + ") " +
                        reference + ";");
    }

    void add_indexes(const ModelMeta& meta) {
        const std::string table = operations_.quoted(meta.db_table);
        for (const Field* field : meta.columns()) {
            if (!field->db_index || field->has_unique()) continue;
            rest_.push_back("CREATE INDEX " + operations_.quoted(name_of(meta, {field->column}, "")) + " ON " + table +
                            " (" + operations_.quoted(field->column) + ");");
        }
        for (const Index& index : meta.indexes) {
            std::string list = expression_list(meta, index.expressions);
            for (const std::string& name : index.fields) {
                const bool descending = name.starts_with('-');
                const Field& field = meta.field(descending ? std::string_view(name).substr(1) : name);
                list += (list.empty() ? "" : ", ") + operations_.quoted(field.column) + (descending ? " DESC" : "");
            }
            std::string sql = "CREATE INDEX " +
                              operations_.quoted(index.name.empty() ? default_name(meta, index) : index.name) + " ON " +
                              table + " (" + list + ")";
            if (index.condition) sql += " WHERE " + condition_sql(connection_, meta, *index.condition);
            rest_.push_back(sql + ";");
        }
    }

    static std::string default_name(const ModelMeta& meta, const Index& index) {
        std::string all = meta.db_table;
        const std::vector<std::string> columns = columns_of(meta, index.fields);
        for (std::size_t i = 0; i < columns.size(); ++i)
            all += (index.fields[i].starts_with('-') ? "-" : "") + columns[i];
        std::string name =
            meta.db_table.substr(0, 11) + "_" + columns.front().substr(0, 7) + "_" + digest(all + "idx", 6) + "_idx";
        if (name[0] == '_' || (name[0] >= '0' && name[0] <= '9')) name[0] = 'D';
        return name;
    }

    std::string quoted_list(const std::vector<std::string>& columns) const {
        std::string list;
        for (const std::string& column : columns) list += (list.empty() ? "" : ", ") + operations_.quoted(column);
        return list;
    }

    const Connection& connection_;
    const Operations& operations_;
    std::vector<std::string>& tables_;
    std::vector<std::string>& rest_;
};

bool table_exists(const Connection& connection, const std::string& table) {
    try {
        connection.execute("SELECT 1 FROM " + connection.operations().quoted(table) + " WHERE 1 = 0",
                           std::span<const Param>());
        return true;
    } catch (const DatabaseError&) {
        return false;
    }
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
    std::vector<std::string> statements;
    for (const Field* field : meta.many_to_many()) {
        const ModelMeta& through = meta.through(*field);
        if (through.auto_created)
            statements.push_back("DROP TABLE " + connection.operations().quoted(through.db_table) + ";");
    }
    statements.push_back("DROP TABLE " + connection.operations().quoted(meta.db_table) + ";");
    return statements;
}

std::vector<std::string> create_tables(const Connection& connection, std::span<const ModelMeta* const> models) {
    std::vector<std::string> created, statements, rest;
    for (const ModelMeta* meta : models) {
        if (!meta->managed || table_exists(connection, meta->db_table)) continue;
        Maker(connection, statements, rest).add(*meta);
        created.push_back(meta->db_table);
    }
    statements.insert(statements.end(), rest.begin(), rest.end());
    for (const std::string& statement : statements) connection.execute(statement, std::span<const Param>());
    return created;
}

}  // namespace nuages::db::models::schema

#include <nuages/db/errors.hpp>
#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/instance_extras.hpp>
#include <nuages/db/models/raw.hpp>

#include <algorithm>
#include <map>

namespace nuages::db::models {

namespace {

/// The statement with the vendor's placeholders, and its values.
struct Prepared {
    SqlWriter out;
    explicit Prepared(const Connection& connection, const RawStatement& statement) : out(connection) {
        const std::string_view sql = statement.sql;
        if (statement.parameters.empty() && statement.named.empty()) {
            out << sql;
            return;
        }
        std::size_t used = 0;
        for (std::size_t i = 0; i < sql.size(); ++i) {
            if (sql[i] != '%') {
                out << sql[i];
                continue;
            }
            const char next = ++i < sql.size() ? sql[i] : '\0';
            if (next == '%') {
                out << '%';
            } else if (next == 's') {
                if (used == statement.parameters.size()) throw TypeError("not enough arguments for format string");
                out.param(statement.parameters[used++]);
            } else if (next == '(') {
                const std::size_t close = sql.find(")s", i);
                if (close == sql.npos) throw ValueError("unsupported format character in raw SQL");
                out.param(value(statement, sql.substr(i + 1, close - i - 1)));
                i = close + 1;
            } else {
                throw ValueError("unsupported format character '" + std::string(1, next) + "' in raw SQL");
            }
        }
        if (used != statement.parameters.size()) throw TypeError("not all arguments converted during string formatting");
    }
    static const Literal& value(const RawStatement& statement, std::string_view name) {
        for (const auto& entry : statement.named) {
            if (entry.first == name) return entry.second;
        }
        throw ValueError("the parameter " + repr(Literal(name)) + " was not given");
    }
};

std::vector<std::string> columns_of(const Connection& connection, const std::string& sql) {
    try {
        return connection.describe(sql);
    } catch (const DatabaseError&) {
        return {};  // running it says what is wrong
    }
}

}  // namespace

ExecuteResult run_raw(const Connection& connection, const RawStatement& statement,
                      FunctionRef<void(std::span<const Cell>)> row) {
    const Prepared prepared(connection, statement);
    return connection.execute(prepared.out.text(), prepared.out.params(), row);
}

std::vector<std::string> raw_columns(const Connection& connection, const RawStatement& statement) {
    const Prepared prepared(connection, statement);
    std::vector<std::string> columns = columns_of(connection, prepared.out.text());
    connection.execute(prepared.out.text(), prepared.out.params(), [](std::span<const Cell>) {});
    return columns;
}

namespace {

/// What the columns of a statement are: the fields they hold (null: none), and the fields that none of them holds.
struct RawColumns {
    std::vector<std::string> names;
    std::vector<const Field*> fields, missing;
    std::vector<std::pair<const Field*, Ref<PeerGroup>>> peers;

    RawColumns(const ModelMeta& meta, std::vector<std::string> given,
               const std::vector<std::pair<std::string, std::string>>& translations, std::string_view database,
               FetchMode mode)
        : names(std::move(given)) {
        for (const std::string& name : names) {
            const Field* found = nullptr;
            for (const auto& translation : translations) {
                if (translation.first == name) found = meta.find(translation.second);
            }
            for (const Field* field : meta.columns()) {
                if (!found && field->column == name) found = field;
            }
            fields.push_back(found && found->concrete() ? found : nullptr);
        }
        for (const Field* field : meta.columns()) {
            const bool there = std::find(fields.begin(), fields.end(), field) != fields.end();
            if (!there && meta.is_pk_column(*field) && !names.empty())
                throw FieldDoesNotExist("Raw query must include the primary key");
            if (!there) missing.push_back(field);
        }
        for (const Field* field : fields) {
            if (field && field->is_foreign_key() && field->ops->related)
                peers.emplace_back(field, make_ref<PeerGroup>(*field, database_or_default(database), mode));
        }
    }

    void decode(const Field& field, void* object, const Cell& cell) const {
        field.ops->decode(field.member(object), cell);
        for (const auto& entry : peers) {
            if (entry.first != &field || cell.is_null()) continue;
            if (RelatedCache* cache = field.ops->related(field.member(object))) {
                entry.second->add(cell);
                cache->set(entry.second);
            }
        }
    }
};

/// Reads the fields that a statement left out: a struct has no way to say that it lacks them.
void complete(const ModelMeta& meta, ObjectList& list, const std::vector<const Field*>& missing, std::string_view database) {
    std::vector<Literal> keys;
    std::map<Literal, std::vector<void*>> objects;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const Literal key = meta.pk().get(list.at(i));
        std::vector<void*>& same = objects[key];
        if (same.empty()) keys.push_back(key);
        same.push_back(list.at(i));
    }
    if (keys.empty()) return;
    std::vector<Name> names{Name::borrow("pk")};
    for (const Field* field : missing) names.push_back(Name::borrow(field->attname));
    const auto rows = Query(meta)
                          .using_(database_or_default(database))
                          .filter(QNode(Name::borrow("pk__in"), Literal(std::move(keys))))
                          .values(std::move(names))
                          .rows();
    for (const std::vector<Literal>& row : rows) {
        for (void* object : objects[row[0]]) {
            for (std::size_t i = 0; i < missing.size(); ++i) missing[i]->set(object, row[i + 1]);
        }
    }
}

}  // namespace

void raw_rows(const RawStatement& statement, ObjectList& list, ExtraColumns extras, std::string_view database,
              const ModelMeta& meta, const std::vector<std::pair<std::string, std::string>>& translations) {
    const Connection connection = db::connection(database_or_default(database));
    const Prepared prepared(connection, statement);
    const RawColumns columns(meta, columns_of(connection, prepared.out.text()), translations, database, FetchMode::peers);
    std::vector<const ExtraColumn*> places(columns.names.size());
    for (const ExtraColumn& extra : extras) {
        const auto at = std::find(columns.names.begin(), columns.names.end(), extra.prefetched);
        if (at == columns.names.end())
            throw FieldError("The raw query has no column named '" + std::string(extra.prefetched) + "'.");
        places[static_cast<std::size_t>(at - columns.names.begin())] = &extra;
    }
    connection.execute(prepared.out.text(), prepared.out.params(), [&](std::span<const Cell> cells) {
        void* object = list.append();
        for (std::size_t i = 0; i < cells.size() && i < columns.fields.size(); ++i) {
            if (columns.fields[i]) columns.decode(*columns.fields[i], object, cells[i]);
            if (places[i]) places[i]->decode(static_cast<char*>(object) + places[i]->offset, cells[i]);
        }
    });
    if (!columns.missing.empty()) complete(meta, list, columns.missing, database);
}

std::vector<Ref<Instance>> raw_instances(const ModelMeta& meta, const RawStatement& statement,
                                         const std::vector<std::pair<std::string, std::string>>& translations,
                                         std::string_view database, FetchMode mode) {
    const Connection connection = db::connection(database_or_default(database));
    const Prepared prepared(connection, statement);
    const RawColumns columns(meta, columns_of(connection, prepared.out.text()), translations, database, mode);
    std::vector<Ref<Instance>> list;
    connection.execute(prepared.out.text(), prepared.out.params(), [&](std::span<const Cell> cells) {
        Ref<Instance> instance = Instance::create(meta);
        for (std::size_t i = 0; i < cells.size() && i < columns.fields.size(); ++i) {
            if (const Field* field = columns.fields[i])
                columns.decode(*field, instance->object(), cells[i]);
            else
                instance->make_extras().annotations.emplace_back(columns.names[i], literal_of(cells[i], {}));
        }
        if (!columns.missing.empty()) instance->make_extras().deferred = columns.missing;
        list.push_back(std::move(instance));
    });
    return list;
}

}  // namespace nuages::db::models

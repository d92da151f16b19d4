#include <nuages/db/errors.hpp>
#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/raw.hpp>

#include <algorithm>

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

std::vector<Ref<Instance>> raw_instances(const ModelMeta& meta, const RawStatement& statement,
                                         const std::vector<std::pair<std::string, std::string>>& translations,
                                         std::string_view database, FetchMode mode) {
    const Connection connection = db::connection(database_or_default(database));
    const Prepared prepared(connection, statement);
    const std::vector<std::string> names = columns_of(connection, prepared.out.text());
    std::vector<const Field*> fields;
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
    std::vector<const Field*> missing;
    for (const Field* field : meta.columns()) {
        const bool there = std::find(fields.begin(), fields.end(), field) != fields.end();
        if (!there && meta.is_pk_column(*field) && !names.empty())
            throw FieldDoesNotExist("Raw query must include the primary key");
        if (!there) missing.push_back(field);
    }
    std::vector<Ref<Instance>> list;
    std::vector<std::pair<const Field*, Ref<PeerGroup>>> peers;
    for (const Field* field : fields) {
        if (field && field->is_foreign_key() && field->ops->related)
            peers.emplace_back(field, make_ref<PeerGroup>(*field, database_or_default(database), mode));
    }
    connection.execute(prepared.out.text(), prepared.out.params(), [&](std::span<const Cell> cells) {
        Ref<Instance> instance = Instance::create(meta);
        for (std::size_t i = 0; i < cells.size() && i < fields.size(); ++i) {
            const Field* field = fields[i];
            if (!field) {
                instance->make_extras().annotations.emplace_back(names[i], literal_of(cells[i], {}));
                continue;
            }
            field->ops->decode(field->member(instance->object()), cells[i]);
            for (const auto& entry : peers) {
                if (entry.first != field || cells[i].is_null()) continue;
                if (RelatedCache* cache = field->ops->related(field->member(instance->object()))) {
                    entry.second->add(cells[i]);
                    cache->set(entry.second);
                }
            }
        }
        if (!missing.empty()) instance->make_extras().deferred = missing;
        list.push_back(std::move(instance));
    });
    return list;
}

}  // namespace nuages::db::models

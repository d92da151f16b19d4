#include "orm_state.hpp"

#include "orm_values.hpp"

#include <nuages/db/connection.hpp>
#include <nuages/db/models/query.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>

namespace nuages::conformance {

namespace {

using models::Field;
using models::ModelMeta;

void execute(const std::string& sql) { db::connection().execute(sql, std::span<const db::Param>()); }

std::string backup_of(const ModelMeta& meta) { return "\"zz_" + meta.db_table + "\""; }

std::string columns_of(const ModelMeta& meta) {
    std::string list;
    for (const Field* field : meta.columns()) {
        if (!field->is_generated()) list += (list.empty() ? "\"" : ", \"") + field->column + "\"";
    }
    return list;
}

json::array key_of(const ModelMeta& meta, const json::object& row) {
    json::array key;
    for (const Field* field : meta.pk_columns()) key.push_back(row.at(field->attname));
    return key;
}

// Rows of automatic tables are known by the two keys that they hold.
json::object shown(const ModelMeta& meta, json::object row) {
    if (meta.auto_created) row.erase("id");
    return row;
}

}  // namespace

std::vector<json::object> OrmState::read(const ModelMeta& meta) {
    std::vector<models::Name> names;
    for (const Field* field : meta.columns()) names.emplace_back(field->attname);
    std::vector<json::object> rows;
    for (const std::vector<models::Literal>& row : models::Query(meta).unordered().values(names).rows()) {
        json::object& out = rows.emplace_back();
        for (std::size_t i = 0; i < row.size(); ++i) out[meta.columns()[i]->attname] = json_of(row[i]);
    }
    return rows;
}

OrmState::OrmState(const OrmModels& models) {
    const auto add = [&](const ModelMeta& meta) {
        std::string label = meta.app_label + "." + meta.model_name;
        execute("CREATE TABLE " + backup_of(meta) + " AS SELECT " + columns_of(meta) + " FROM \"" + meta.db_table + "\"");
        tables_.push_back({&meta, std::move(label), read(meta)});
    };
    for (const ModelMeta& meta : models.all()) add(meta);
    for (const ModelMeta& meta : models.all()) {
        for (const Field* field : meta.many_to_many()) {
            if (meta.through(*field).auto_created) add(meta.through(*field));
        }
    }
    if (database == "sqlite") execute("CREATE TABLE zz_sequence AS SELECT * FROM sqlite_sequence");
}

json::object OrmState::changes() const {
    json::object changed;
    for (const Table& table : tables_) {
        const ModelMeta& meta = *table.meta;
        const std::vector<json::object> now = read(meta);
        json::array inserted, updated, deleted;
        const auto find = [&](const std::vector<json::object>& rows, const json::array& key) -> const json::object* {
            for (const json::object& row : rows) {
                if (key_of(meta, row) == key) return &row;
            }
            return nullptr;
        };
        for (const json::object& row : now) {
            const json::object* before = find(table.rows, key_of(meta, row));
            if (!before) {
                inserted.push_back(shown(meta, row));
                continue;
            }
            json::object difference;
            for (const auto& [name, value] : row) {
                if (!(before->at(name) == value)) difference[name] = value;
            }
            if (difference.empty()) continue;
            for (const Field* field : meta.pk_columns()) difference[field->attname] = row.at(field->attname);
            updated.push_back(std::move(difference));
        }
        for (const json::object& row : table.rows) {
            const json::array key = key_of(meta, row);
            if (find(now, key)) continue;
            if (meta.auto_created)
                deleted.push_back(shown(meta, row));
            else
                deleted.push_back(key.size() == 1 ? key.front() : json::value(key));
        }
        if (inserted.empty() && updated.empty() && deleted.empty()) continue;
        json::object entry{{"count", now.size()}};
        if (!inserted.empty()) entry["inserted"] = std::move(inserted);
        if (!updated.empty()) entry["updated"] = std::move(updated);
        if (!deleted.empty()) entry["deleted"] = std::move(deleted);
        changed[table.label] = std::move(entry);
    }
    return changed;
}

void OrmState::restore() const {
    db::run_atomic([&] {
        for (const Table& table : tables_) execute("DELETE FROM \"" + table.meta->db_table + "\"");
        for (const Table& table : tables_) {
            const std::string columns = columns_of(*table.meta);
            execute("INSERT INTO \"" + table.meta->db_table + "\" (" + columns + ") SELECT " + columns + " FROM " + backup_of(*table.meta));
        }
        if (database == "sqlite") {
            execute("DELETE FROM sqlite_sequence");
            execute("INSERT INTO sqlite_sequence SELECT * FROM zz_sequence");
        } else {
            reset_sequences(db::connection());
        }
    });
}

}  // namespace nuages::conformance

#include "deconstructed.hpp"
#include "orm_models.hpp"

#include <nuages/db/connection.hpp>
#include <nuages/db/models/detail/nodes.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/serializers/fixtures.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

namespace nuages::conformance {

using models::Field;
using models::FieldKind;
using models::Literal;
using models::ModelMeta;

namespace {

// Companions of this kind may be arrays.
std::string companion_text(const File& file, const std::string& name) {
    const std::string folder = file.path.substr(0, file.path.rfind('/') + 1);
    for (const std::string& candidate : {folder + name, "../shared/conformance/" + name}) {
        std::ifstream stream(candidate);
        if (!stream) continue;
        std::stringstream content;
        content << stream.rdbuf();
        return content.str();
    }
    throw std::runtime_error("there is no " + name + " beside " + file.path);
}

json::value companion(const File& file, const std::string& name) { return json::parse(companion_text(file, name)); }

}  // namespace

void reset_sequences(const db::Connection& connection) {
    const auto columns = connection.query<std::string, std::string>(
        "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public' AND "
        "is_identity = 'YES'");
    for (const auto& [table, column] : columns) {
        connection.execute("SELECT setval(pg_get_serial_sequence('\"" + table + "\"', '" + column + "'), COALESCE(MAX(\"" +
                           column + "\"), 1), MAX(\"" + column + "\") IS NOT NULL) FROM \"" + table + "\"");
    }
}

OrmModels::OrmModels(const File& file) {
    const json::value content = companion(file, "orm_models.json");
    const json::array& described = content.as_array();
    for (const json::value& model : described) {
        ModelMeta& meta = metas_.emplace_back();
        meta.app_label = std::string(model.at("app").as_string());
        meta.object_name = std::string(model.at("model").as_string());
        meta.db_table = std::string(model.at("db_table").as_string());
        by_label_[std::string(model.at("label").as_string())] = &meta;
    }
    const FindModel find = [&](std::string_view label) -> const ModelMeta* {
        for (const auto& [known, meta] : by_label_) {
            if (known.size() == label.size() && std::equal(known.begin(), known.end(), label.begin(), [](char a, char b) {
                    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
                }))
                return meta;
        }
        return nullptr;
    };
    auto meta = metas_.begin();
    for (const json::value& model : described) {
        for (const json::value& entry : model.at("fields").as_array()) {
            const json::object& data = entry.as_object();
            const std::string_view type = data.at("type").as_string();
            const json::object& options = data.at("options").as_object();
            Field field = field_of(data.at("name").as_string(), type, options, find);
            if (type == "CompositePrimaryKey") {
                for (const json::value& part : data.at("args").as_array()) field.parts.emplace_back(part.as_string());
            }
            if (field.kind == FieldKind::many_to_many)
                field.relation.symmetrical = field.relation.model == &*meta && field.relation.related_name.empty();
            meta->fields.push_back(std::move(field));
        }
        apply_meta_options(*meta, model.at("meta").as_object());
        ++meta;
    }
    for (ModelMeta& model : metas_) {
        model.finish();
        registry.add(model);
    }
}

const ModelMeta* OrmModels::find(std::string_view object_name) const {
    for (const ModelMeta& meta : metas_) {
        if (meta.object_name == object_name) return &meta;
    }
    return nullptr;
}

void OrmModels::load(const File& file) const {
    const json::value schema = companion(file, "schema_sql.json");
    const db::Connection connection = db::connection();
    if (database == "postgresql") connection.execute("CREATE EXTENSION IF NOT EXISTS pgcrypto");
    for (const json::value& model : schema.at("models").as_array()) {
        for (const json::value& statement : model.at(database).at("create").as_array())
            connection.execute(std::string_view(statement.as_string()), std::span<const db::Param>());
    }
    const std::string fixture = companion_text(file, "orm_fixture.json");
    db::atomic([&] {
        std::vector<const ModelMeta*> models;
        for (const ModelMeta& meta : metas_) models.push_back(&meta);
        serializers::FixtureReader reader(std::move(models));
        reader.read(fixture);
        reader.finish();
        if (database == "postgresql") reset_sequences(connection);
    });
}

}  // namespace nuages::conformance

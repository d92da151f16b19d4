#include "orm_models.hpp"

#include <nuages/db/connection.hpp>
#include <nuages/db/models/detail/nodes.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/transaction.hpp>

#include <fstream>
#include <sstream>

namespace nuages::conformance {

using models::Field;
using models::FieldKind;
using models::Literal;
using models::ModelMeta;

namespace {

// Companions of this kind may be arrays.
json::value companion(const File& file, const std::string& name) {
    const std::string folder = file.path.substr(0, file.path.rfind('/') + 1);
    for (const std::string& candidate : {folder + name, "../shared/conformance/" + name}) {
        std::ifstream stream(candidate);
        if (!stream) continue;
        std::stringstream content;
        content << stream.rdbuf();
        return json::parse(content.str());
    }
    throw std::runtime_error("there is no " + name + " beside " + file.path);
}

FieldKind kind_of(std::string_view type) {
    for (int kind = 0; kind <= static_cast<int>(FieldKind::many_to_many); ++kind) {
        Field field;
        field.kind = static_cast<FieldKind>(kind);
        if (models::field_class_name(field) == type) return field.kind;
    }
    return FieldKind::char_;  // e-mail, URL, slug, file ...
}

models::OnDelete on_delete_of(std::string_view callable) {
    const std::string_view name = callable.substr(callable.rfind('.') + 1);
    if (name == "PROTECT") return models::PROTECT;
    if (name == "RESTRICT") return models::RESTRICT;
    if (name == "SET_NULL") return models::SET_NULL;
    if (name == "SET_DEFAULT") return models::SET_DEFAULT;
    if (name == "DO_NOTHING") return models::DO_NOTHING;
    return models::CASCADE;
}

bool flag(const json::object& options, std::string_view name) {
    const json::value* value = options.if_contains(name);
    return value && value->is_bool() && value->as_bool();
}

// "999 08:56:53.000001", "-1 22:59:59": days and a time of day.
Literal duration_of(std::string_view text) {
    std::int64_t days = 0;
    if (const std::size_t space = text.find(' '); space != text.npos) {
        days = std::stoll(std::string(text.substr(0, space)));
        text = text.substr(space + 1);
    }
    return Literal(Duration{days * kMicrosecondsPerDay + Time::parse(text).value().microseconds});
}

std::string option(const json::object& options, std::string_view name) {
    const json::value* value = options.if_contains(name);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

Field plain_field(const json::object& described) {
    Field field;
    std::string_view type = described.at("type").as_string();
    const json::object& options = described.at("options").as_object();
    if (type == "GeneratedField") type = options.at("output_field").at("type").as_string();
    field.name = std::string(described.at("name").as_string());
    field.kind = kind_of(type);
    field.type_name = std::string(type);
    if (const json::value* column = described.if_contains("column"); column && column->is_string()) {
        field.column = std::string(column->as_string());
        field.attname = std::string(described.at("attname").as_string());
    }
    field.null = flag(options, "null");
    field.unique = flag(options, "unique");
    field.primary_key = flag(options, "primary_key");
    field.db_index = flag(options, "db_index");
    return field;
}

}  // namespace

Literal literal_of(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null: return {};
        case json::kind::bool_: return Literal(value.as_bool());
        case json::kind::int64: return Literal(value.as_int64());
        case json::kind::double_: return Literal(value.as_double());
        case json::kind::string: return Literal(std::string(value.as_string()));
        case json::kind::array: {
            std::vector<Literal> items;
            for (const json::value& item : value.as_array()) items.push_back(literal_of(item));
            return Literal(std::move(items));
        }
        default: break;
    }
    const std::string_view type = type_tag(value);
    if (type == "timedelta") return Literal(Duration{value.at("value").as_int64()});
    if (type.empty()) throw Skip("a value that is not plain");
    const std::string text(value.at("value").as_string());
    if (type == "decimal") return Literal::decimal(text);
    if (type == "date") return Literal(Date::parse(text).value());
    if (type == "time") return Literal(Time::parse(text).value());
    if (type == "datetime") return Literal(DateTime::parse(text).value());
    if (type == "bytes") return Literal::blob(base64_decode(text));
    if (type == "uuid") {
        Literal storage;
        return models::prepared({FieldKind::uuid, nullptr, true}, Literal(text), storage);
    }
    throw Skip("a value of type " + std::string(type));
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
    auto meta = metas_.begin();
    for (const json::value& model : described) {
        for (const json::value& entry : model.at("fields").as_array()) {
            const json::object& field_data = entry.as_object();
            const json::object& options = field_data.at("options").as_object();
            if (field_data.at("type").as_string() == "CompositePrimaryKey") continue;
            Field field = plain_field(field_data);
            if (field.is_relation()) {
                const auto target = by_label_.find(std::string_view(options.at("to").as_string()));
                if (target == by_label_.end()) throw Refused("ValueError", "no model for a relation");
                field.relation.model = target->second;
                field.relation.related_name = option(options, "related_name");
                field.relation.related_query_name = option(options, "related_query_name");
                field.relation.to_field = option(options, "to_field");
                if (const json::value* callable = options.if_contains("on_delete"))
                    field.relation.on_delete = on_delete_of(callable->at("$callable").as_string());
            }
            if (field.kind == FieldKind::many_to_many) {
                const json::array& columns = field_data.at("through_columns").as_array();
                field.relation.symmetrical = field.relation.model == &*meta && field.relation.related_name.empty();
                const std::string table(field_data.at("through_table").as_string());
                if (field_data.at("through_auto_created").as_bool()) {
                    field.relation.db_table = table;
                } else {
                    for (ModelMeta& other : metas_) {
                        if (other.db_table == table) field.relation.through_model = &other;
                    }
                    const auto name_of = [&](std::size_t i) {
                        const std::string_view column = columns[i].as_string();
                        return std::string(column.substr(0, column.size() - 3));
                    };
                    field.relation.through_source = name_of(0);
                    field.relation.through_target = name_of(1);
                }
            }
            meta->fields.push_back(std::move(field));
        }
        // A composite key: its last part stands for it, good enough for paths through the model.
        if (model.at("pk").as_array().size() > 1) {
            for (Field& field : meta->fields)
                field.primary_key = field.name == model.at("pk").as_array().back().as_string();
        }
        const json::object& options = model.at("meta").as_object();
        if (const json::value* ordering = options.if_contains("ordering")) {
            for (const json::value& name : ordering->as_array()) {
                if (name.is_string()) meta->ordering.emplace_back(name.as_string());
            }
        }
        meta->get_latest_by = option(options, "get_latest_by");
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
    for (const json::value& model : schema.at("models").as_array()) {
        for (const json::value& statement : model.at("sqlite").at("create").as_array())
            connection.execute(std::string_view(statement.as_string()), std::span<const db::Param>());
    }
    const json::value fixture = companion(file, "orm_fixture.json");
    db::atomic([&] {
        for (const json::value& entry : fixture.as_array()) {
            const ModelMeta& meta = *by_label_.at(std::string(entry.at("model").as_string()));
            std::string columns, marks;
            std::vector<Literal> values;
            const auto add = [&](const Field& field, const json::value& value) {
                columns += (columns.empty() ? "\"" : ", \"") + field.column + "\"";
                marks += marks.empty() ? "?" : ", ?";
                Literal storage;
                if (value.is_null())
                    values.emplace_back();
                else if (field.kind == FieldKind::json)
                    values.push_back(Literal::json(json::serialize(value)));
                else if (field.kind == FieldKind::binary && value.is_string())
                    values.push_back(Literal::blob(base64_decode(std::string_view(value.as_string()))));
                else if (field.kind == FieldKind::duration && value.is_string())
                    values.push_back(duration_of(std::string_view(value.as_string())));
                else
                    values.push_back(
                        models::prepared({field.value_field().kind, &field, true}, literal_of(value), storage));
            };
            if (!entry.at("pk").is_array()) add(meta.pk(), entry.at("pk"));
            std::vector<std::pair<const Field*, const json::array*>> many;
            for (const auto& [name, value] : entry.at("fields").as_object()) {
                const Field* field = meta.find(name);
                if (!field || (field->primary_key && !entry.at("pk").is_array())) continue;
                if (field->name == "label" || field->name == "total_cents") continue;  // generated
                if (field->concrete())
                    add(*field, value);
                else if (value.is_array())
                    many.emplace_back(field, &value.as_array());
            }
            models::SqlWriter out(connection);
            out << "INSERT INTO \"" << meta.db_table << "\" (" << columns << ") VALUES (";
            for (std::size_t i = 0; i < values.size(); ++i) {
                if (i) out << ", ";
                out.param(values[i]);
            }
            out << ")";
            connection.execute(out.text(), out.params());
            for (const auto& [field, keys] : many) {
                const ModelMeta& through = meta.through(*field);
                for (const json::value& key : *keys) {
                    const std::string sql = "INSERT INTO \"" + through.db_table + "\" (\"" + through.fields[1].column +
                                            "\", \"" + through.fields[2].column + "\") VALUES (?, ?)";
                    const Literal owner = literal_of(entry.at("pk")), other = literal_of(key);
                    models::SqlWriter params(connection);
                    params.param(owner);
                    params.param(other);
                    connection.execute(sql, params.params());
                }
            }
        }
    });
}

}  // namespace nuages::conformance

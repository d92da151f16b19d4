// schema_sql.json: the statements that create and delete the tables of the recorded models, and of the CreateModel and
// DeleteModel operations, on SQLite and on PostgreSQL, whose server is not asked.
#include "deconstructed.hpp"
#include "orm_models.hpp"

#include <nuages/db/backends/postgresql/backend.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/database.hpp>
#include <nuages/db/models/schema.hpp>

#include <cctype>
#include <list>

namespace nuages::conformance {
namespace {

using models::Field;
using models::ModelMeta;

// Django leaves a blank where an empty tablespace would stand.
std::string trimmed(std::string statement) {
    if (statement.ends_with(" ;")) statement.replace(statement.size() - 2, 2, ";");
    return statement;
}

std::string text_of(const json::value& statements) {
    std::string text;
    for (const json::value& statement : statements.as_array()) text += trimmed(std::string(statement.as_string())) + "\n";
    return text;
}
std::string text_of(const std::vector<std::string>& statements) {
    std::string text;
    for (const std::string& statement : statements) text += statement + "\n";
    return text;
}

/// The models of one recorded state of a project.
class State {
public:
    explicit State(const json::array& described) {
        for (const json::value& model : described) {
            ModelMeta& meta = metas_.emplace_back();
            meta.app_label = std::string(model.at("app_label").as_string());
            meta.object_name = std::string(model.at("name").as_string());
        }
        auto meta = metas_.begin();
        for (const json::value& model : described) fill(*meta++, model.as_object());
        for (ModelMeta& one : metas_) {
            one.finish();
            registry.add(one);
        }
    }
    const ModelMeta* find(std::string_view label) const {
        for (const ModelMeta& meta : metas_) {
            if (lower(meta.label()) == lower(label)) return &meta;
        }
        return nullptr;
    }
    static void replace_collation(const ModelMeta& meta, std::string_view what, std::string_view by) {
        for (Field& field : const_cast<ModelMeta&>(meta).fields) {
            if (field.db_collation == what) field.db_collation = by;
        }
    }
    models::Registry registry;

private:
    static std::string lower(std::string_view text) {
        std::string out(text);
        for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return out;
    }
    void fill(ModelMeta& meta, const json::object& model) {
        const auto find_model = [&](std::string_view label) -> const ModelMeta* {
            return label == "self" ? &meta : find(label);
        };
        for (const json::value& entry : model.at("fields").as_array()) {
            const json::object& data = entry.as_object();
            const std::string_view type = data.at("type").as_string();
            Field field = field_of(std::string_view(data.at("name").as_string()), type, data.at("kwargs").as_object(), find_model);
            if (type == "CompositePrimaryKey") {
                for (const json::value& part : data.at("args").as_array()) field.parts.emplace_back(part.as_string());
            }
            meta.fields.push_back(std::move(field));
        }
        apply_meta_options(meta, model.at("options").as_object());
    }
    std::list<ModelMeta> metas_;
};

/// Databases that nobody connects to: definitions are printed without one.
struct Databases {
    std::vector<std::pair<std::string, Ref<db::Database>>> list;
    Databases() {
        db::register_backend(db::sqlite::backend);
        db::register_backend(db::postgresql::backend);
        list.emplace_back("sqlite", make_ref<db::Database>("default", conf::DatabaseUrl{.name = ":memory:"}));
        list.emplace_back("postgresql",
                          make_ref<db::Database>("default", conf::DatabaseUrl{.engine = "postgresql", .name = "none"}));
    }
};

class Comparison {
public:
    explicit Comparison(Report& report) : report_(report) {}
    void add(const json::value* expected, const std::vector<std::string>& got) {
        if (!expected || !expected->is_array()) return;
        want_ += text_of(*expected);
        have_ += text_of(got);
    }
    void end(std::string_view id) {
        if (want_ == have_) return report_.pass();
        report_.fail(id, want_, have_);
    }

private:
    Report& report_;
    std::string want_, have_;
};

// A model that is created, or deleted, is in the state after, or before; the other direction is the reverse.
void run_operation(const json::object& one, const Databases& databases, Report& report) {
    const std::string_view id = one.at("id").as_string();
    const json::object& operation = one.at("operation").as_object();
    const std::string_view type = operation.at("type").as_string();
    const bool creates = type == "CreateModel";
    if (!creates && type != "DeleteModel") return report.skip(id, "operations that change tables come with migrations");
    const State state(one.at(creates ? "state_after" : "state_before").as_array());
    const json::array& before = one.at(creates ? "state_after" : "state_before").as_array();
    const std::string label = std::string(before[0].at("app_label").as_string()) + "." +
                              std::string(operation.at("kwargs").at("name").as_string());
    const ModelMeta* meta = state.find(label);
    if (!meta) return report.skip(id, "a model that has no table of its own");
    const json::value* options = operation.at("kwargs").as_object().if_contains("options");
    const bool unmanaged = options && options->as_object().contains("managed");
    if (options && options->as_object().contains("proxy")) return report.skip(id, "proxy models are not wanted");
    Comparison comparison(report);
    for (const auto& [vendor, database] : databases.list) {
        const db::Connection connection = database->connection();
        if (one.at(vendor).is_null()) continue;  // refused there
        const json::object& recorded = one.at(vendor).as_object();
        std::vector<std::string> made, deleted;
        // The two have no collation in common: the recording says "C" on PostgreSQL.
        if (vendor == "postgresql") state.replace_collation(*meta, "NOCASE", "C");
        if (!unmanaged) {
            made = models::schema::create_statements(connection, *meta);
            deleted = models::schema::delete_statements(connection, *meta);
        }
        comparison.add(recorded.if_contains("sql"), creates ? made : deleted);
        comparison.add(recorded.if_contains("reverse_sql"), creates ? deleted : made);
    }
    comparison.end(id);
}

}  // namespace

void run_schema_sql(const File& file, Report& report) {
    const Databases databases;
    db::sqlite::with_memory_database([&] {
        const OrmModels models(file);
        for (const json::value& entry : file.content.at("models").as_array()) {
            const std::string label(entry.at("model").as_string());
            const ModelMeta* meta = models.registry.find(label);
            if (!meta) {
                report.fail(label, "a model", "none");
                continue;
            }
            Comparison created(report), deleted(report);
            for (const auto& [vendor, database] : databases.list) {
                const db::Connection connection = database->connection();
                const json::object& sql = entry.at(vendor).as_object();
                created.add(sql.if_contains("create"), models::schema::create_statements(connection, *meta));
                deleted.add(sql.if_contains("delete"), models::schema::delete_statements(connection, *meta));
            }
            created.end(label + ".create");
            deleted.end(label + ".delete");
        }
        for (const json::value& one : file.cases()) {
            const std::string_view reason = difference_of(one.at("id").as_string());
            if (!reason.empty()) {
                report.skip(one.at("id").as_string(), "on purpose: " + std::string(reason));
                continue;
            }
            try {
                run_operation(one.as_object(), databases, report);
            } catch (const Skip& skip) {
                report.skip(one.at("id").as_string(), skip.what());
            } catch (const std::exception& error) {
                report.fail(one.at("id").as_string(), "statements", error.what());
            }
        }
    });
}

}  // namespace nuages::conformance

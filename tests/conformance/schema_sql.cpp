// schema_sql.json: the statements that create and delete the tables of the recorded models.
#include "orm_models.hpp"

#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/models/schema.hpp>

namespace nuages::conformance {
namespace {

void compare(std::string_view id, const json::array& expected, const std::vector<std::string>& got, Report& report) {
    std::string want, have;
    for (const json::value& statement : expected) want += std::string(statement.as_string()) + "\n";
    for (const std::string& statement : got) have += statement + "\n";
    if (want == have) return report.pass();
    report.fail(id, want, have);
}

}  // namespace

void run_schema_sql(const File& file, Report& report) {
    db::sqlite::with_memory_database([&] {
        const OrmModels models(file);
        const db::Connection connection = db::connection();
        for (const json::value& entry : file.content.at("models").as_array()) {
            const std::string label(entry.at("model").as_string());
            const models::ModelMeta* meta = models.registry.find(label);
            if (!meta) {
                report.fail(label, "a model", "none");
                continue;
            }
            const json::object& sql = entry.at("sqlite").as_object();
            compare(label + ".create", sql.at("create").as_array(), models::schema::create_statements(connection, *meta),
                    report);
            compare(label + ".delete", sql.at("delete").as_array(), models::schema::delete_statements(connection, *meta),
                    report);
        }
    });
    for (const json::value& one : file.cases())
        report.skip(one.at("id").as_string(), "operations of migrations are to come");
}

}  // namespace nuages::conformance

#include <nuages/serializers/detail/natural_keys.hpp>
#include <nuages/serializers/fixtures.hpp>

#include <algorithm>

namespace nuages::serializers {

using db::models::Field;
using db::models::ModelMeta;

std::vector<std::string> natural_paths(const ModelMeta& meta) {
    std::vector<std::string> paths;
    for (const std::string& name : meta.natural_key) {
        const Field& field = meta.field(name);
        if (!field.is_foreign_key() || field.target().natural_key.empty() || &field.target() == &meta) {
            paths.push_back(name);
            continue;
        }
        for (const std::string& rest : natural_paths(field.target())) paths.push_back(name + "__" + rest);
    }
    return paths;
}

namespace {

std::vector<const ModelMeta*> dependencies_of(const ModelMeta& meta) {
    std::vector<const ModelMeta*> found;
    for (const Field& field : meta.fields) {
        if (field.kind == db::models::FieldKind::reverse || !field.is_relation()) continue;
        const ModelMeta& target = field.target();
        if (&target != &meta && !target.natural_key.empty()) found.push_back(&target);
    }
    return found;
}

}  // namespace

std::vector<const ModelMeta*> sort_dependencies(std::vector<const ModelMeta*> models) {
    std::vector<const ModelMeta*> sorted;
    const auto placed_or_absent = [&](const ModelMeta* model) {
        return std::find(models.begin(), models.end(), model) == models.end();
    };
    while (!models.empty()) {
        auto next = std::find_if(models.begin(), models.end(), [&](const ModelMeta* model) {
            const std::vector<const ModelMeta*> needed = dependencies_of(*model);
            return std::all_of(needed.begin(), needed.end(), placed_or_absent);
        });
        if (next == models.end()) next = models.begin();  // a circle: references forward are resolved at the end
        sorted.push_back(*next);
        models.erase(next);
    }
    return sorted;
}

}  // namespace nuages::serializers

#include <nuages/base/error.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/site/model_signals.hpp>
#include <nuages/site/registry.hpp>

#include <algorithm>

namespace nuages::site::detail {

void require_installed(const Registry& registry, const db::models::ModelMeta& model) {
    const auto models = registry.models();
    if (std::find(models.begin(), models.end(), &model) == models.end())
        throw ImproperlyConfigured("A signal of " + model.label() + " is listened to, and no installed app has that model.");
}

}  // namespace nuages::site::detail

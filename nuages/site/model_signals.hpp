// The signals of models in an app's ready hook: post_save<Article>(registry).connect(...).
//
//     .ready = [](Registry& registry) {
//         post_save<Article>(registry).connect([](Article& article, bool created) { ... });
//     },
//
// The registry is there to be asked: ImproperlyConfigured where no installed app has the model, so that a receiver which
// would never be called is found when the site starts. Without it, post_save<Article>() listens in any case.
#pragma once

#include <nuages/db/models/model_signals.hpp>
#include <nuages/site/fwd.hpp>

namespace nuages::site {

namespace detail {
/// ImproperlyConfigured unless an installed app has the model; the table of a many-to-many field goes with its model.
void require_installed(const Registry& registry, const db::models::ModelMeta& model);
}  // namespace detail

template <class M> auto pre_save(const Registry& registry) {
    detail::require_installed(registry, db::models::SignalObject<M>::sender());
    return db::models::pre_save<M>();
}
template <class M> auto post_save(const Registry& registry) {
    detail::require_installed(registry, db::models::SignalObject<M>::sender());
    return db::models::post_save<M>();
}
template <class M> auto pre_delete(const Registry& registry) {
    detail::require_installed(registry, db::models::SignalObject<M>::sender());
    return db::models::pre_delete<M>();
}
template <class M> auto post_delete(const Registry& registry) {
    detail::require_installed(registry, db::models::SignalObject<M>::sender());
    return db::models::post_delete<M>();
}
template <auto Relation> auto m2m_changed(const Registry& registry) {
    detail::require_installed(registry, db::models::detail::owner_of_member<Relation>());
    return db::models::m2m_changed<Relation>();
}
template <class Through> auto m2m_changed(const Registry& registry) {
    detail::require_installed(registry, db::models::SignalObject<Through>::sender());
    return db::models::m2m_changed<Through>();
}

}  // namespace nuages::site

namespace nuages {
using site::m2m_changed;
using site::post_delete;
using site::post_save;
using site::pre_delete;
using site::pre_save;
}  // namespace nuages

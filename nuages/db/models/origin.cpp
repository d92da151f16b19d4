// Which database an object belongs to: Model._state.db. A struct has no room for it, so its relation members keep it, and
// only where it is not the default one.
#include <nuages/db/database.hpp>
#include <nuages/db/models/instance_extras.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/related.hpp>

namespace nuages::db::models {

void RelatedCache::set_owner_database(std::string_view alias) {
    if (state_ && (state_->kind() == RelatedState::Kind::list || state_->kind() == RelatedState::Kind::origin)) {
        // Copies of an object share what it remembers: what is theirs stays as it is.
        if (state_->owner_database() == alias) return;
        if (state_->kind() == RelatedState::Kind::list) return state_->set_owner_database(alias);
        state_ = {};
    }
    if (state_ || alias.empty()) return;
    state_ = make_ref<RelatedState>(RelatedState::Kind::origin);
    state_->set_owner_database(alias);
}

void RelatedCache::forget() {
    const std::string_view alias = state_ ? state_->owner_database() : std::string_view();
    state_ = {};
    set_owner_database(alias);
}

std::string_view instance_database(const ModelMeta& meta, const void* object) {
    if (databases().size() < 2) return {};
    for (const Field& field : meta.fields) {
        if (!field.is_relation() || !field.ops || !field.ops->related) continue;
        const RelatedCache* cache = field.ops->related(const_cast<void*>(field.member(object)));
        const RelatedState* state = cache ? cache->state() : nullptr;
        if (!state) continue;
        if (!state->owner_database().empty()) return state->owner_database();
        if (state->kind() == RelatedState::Kind::peers && &static_cast<const PeerGroup*>(state)->field() == &field) {
            const std::string_view alias = static_cast<const PeerGroup*>(state)->database();
            if (alias != "default") return db::connection(alias).alias();
        }
    }
    return {};
}

std::string_view instance_database(const Instance& instance) {
    if (instance.extras() && !instance.extras()->database.empty()) return instance.extras()->database;
    return instance_database(instance.meta(), instance.object());
}

void set_instance_database(const ModelMeta& meta, void* object, std::string_view alias) {
    if (databases().size() < 2) return;
    // The database's own copy of its alias lives on.
    const std::string_view kept = alias.empty() || alias == "default" ? std::string_view() : db::connection(alias).alias();
    for (const Field& field : meta.fields) {
        if (!field.is_relation() || !field.ops || !field.ops->related) continue;
        if (RelatedCache* cache = field.ops->related(field.member(object))) cache->set_owner_database(kept);
    }
}

}  // namespace nuages::db::models

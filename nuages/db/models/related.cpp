// Foreign keys of objects: fetched for all peers of a result at once.
#include <nuages/db/models/detail/key_batches.hpp>
#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/models/router.hpp>

#include <algorithm>

namespace nuages::db::models {

bool RelationEnd::to_many() const {
    return field->kind == FieldKind::many_to_many || (backward && !(field->is_foreign_key() && field->unique));
}

const ModelMeta& RelationEnd::target() const { return backward ? *field->model : field->target(); }

namespace {

[[noreturn]] void no_match(const ModelMeta& target) {
    throw ObjectDoesNotExist(target.object_name + " matching query does not exist.");
}

Ref<Instance> fetch_one(const Field& key_field, const Literal& key, std::string_view database,
                        FetchMode mode = FetchMode::peers) {
    InstanceList found(*key_field.model);
    Query(*key_field.model)
        .using_(db_for_read(*key_field.model, database))
        .fetch_mode(mode)
        .filter(QNode(Name::borrow(key_field.name), key))
        .slice(0, 21)
        .fetch(found);
    return found.items.empty() ? Ref<Instance>() : found.items.front();
}

}  // namespace

void PeerGroup::add(const Cell& cell) {
    if (cell.kind() == CellKind::integer)
        keys_.push_back(cell.integer());
    else if (cell.kind() == CellKind::text)
        more().text_keys.emplace_back(cell.text());
}

PeerGroup::More& PeerGroup::more() {
    if (!more_) more_ = new More;
    return *more_;
}

void PeerGroup::require_allowed() const {
    if (mode_ == FetchMode::raise)
        throw FieldFetchBlocked("Fetching of " + field_.model->object_name + "." + field_.name + " blocked.");
}

void PeerGroup::load() {
    if (loaded_) return;
    More& more = this->more();
    loaded_ = true;
    const Field& target = field_.target_field();
    std::vector<Literal> keys(keys_.begin(), keys_.end());
    for (const std::string& key : more.text_keys) keys.emplace_back(key);
    sort_unique(keys);
    keys_.release();
    more.text_keys = {};
    const Name path(target.name + "__in");
    in_batches(keys, database_, [&](std::vector<Literal> part) {
        InstanceList found(*target.model);
        const bool one = part.size() == 1;
        Query query = Query(*target.model).using_(db_for_read(*target.model, database_)).fetch_mode(mode_);
        query = one ? query.filter(QNode(Name(target.name), std::move(part.front()))).slice(0, 21)
                    : query.filter(QNode(path, Literal(std::move(part)))).order_by({});
        query.fetch(found);
        for (Ref<Instance>& instance : found.items) {
            Literal key = target.get(instance->object());
            if (key.kind() == Literal::Kind::integer)
                more.objects.emplace(key.integer(), instance);
            else
                more.text_objects.emplace_back(std::move(key), instance);
        }
    });
}

Ref<Instance> PeerGroup::find(std::int64_t key) {
    require_allowed();
    if (mode_ == FetchMode::one) return fetch_one(field_.target_field(), Literal(key), database_, mode_);
    load();
    const auto found = more_->objects.find(key);
    return found == more_->objects.end() ? Ref<Instance>() : found->second;
}

Ref<Instance> PeerGroup::find(const Literal& key) {
    if (key.kind() == Literal::Kind::integer) return find(key.integer());
    require_allowed();
    if (mode_ == FetchMode::one) return fetch_one(field_.target_field(), key, database_, mode_);
    load();
    for (const auto& entry : more_->text_objects) {
        if (entry.first == key || entry.first.text() == key.text()) return entry.second;
    }
    return {};
}

namespace {

template <class Key> const Instance& fetch_key(const Field& target, RelatedCache& cache, const Key& key) {
    if (const Instance* known = cache.instance()) return *known;
    Ref<Instance> found;
    if (RelatedState* state = cache.state(); state && state->kind() == RelatedState::Kind::peers) {
        const Ref<PeerGroup> peers(static_cast<PeerGroup*>(state));
        found = peers->find(key);
        if (!found) found = fetch_one(peers->field().target_field(), Literal(key), peers->database());
    } else {
        found = fetch_one(target, Literal(key), state ? state->owner_database() : std::string_view());
    }
    if (!found) no_match(*target.model);
    cache.set(found);
    return *found;
}

}  // namespace

const Instance& fetch_related(const Field& target, RelatedCache& cache, const Literal& key) {
    return fetch_key(target, cache, key);
}

const Instance& fetch_related(const Field& target, RelatedCache& cache, std::int64_t key) {
    return fetch_key(target, cache, key);
}

}  // namespace nuages::db::models

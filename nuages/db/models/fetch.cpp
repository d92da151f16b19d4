// Rows into objects: each column goes straight into its member through the field's decode function.
//
// A plan is made once per result, or once for a statement that is kept: offsets and functions in the order of the columns.
// Per row there is one append(), one call per column, and for foreign keys that were not selected one reference to the
// group of peers.
#include <nuages/db/models/detail/compiled_queries.hpp>
#include <nuages/db/models/detail/extra_reader.hpp>
#include <nuages/db/models/detail/object_memory.hpp>
#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/instance_extras.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>

namespace nuages::db::models {

namespace {

struct Slot {
    std::size_t offset;
    void (*decode)(void*, const Cell&);
};

/// How the columns of one object are read.
struct Reading {
    std::vector<Slot> slots;
    struct Key {
        std::size_t column;  // among the slots
        const Field* field;
    };
    std::vector<Key> keys;  // foreign keys that stay unfetched
};

/// The objects of one result by each of those keys.
using Peers = std::vector<Ref<PeerGroup>>;

/// The columns of one object in the row.
struct Block {
    const ModelMeta* meta = nullptr;
    Reading reading;
    Peers peers;
    const Field* field = nullptr;  // on the parent, or leading to it
    bool backward = false;
    std::string accessor;  // of a backward one, or of a filtered one on its objects' side
    std::string_view alias;  // of a filtered one
    std::vector<const Field*> deferred;
    int parent = -1;
    std::size_t primary = 0;  // column of the key in the block

    std::size_t width() const { return reading.slots.size(); }
};

/// What was selected beside the objects, and how what was not is fetched.
struct Around {
    std::span<const Select::Related> related = {};
    std::string_view database = {};
    FetchMode mode = FetchMode::peers;
};

/// `fetched(field)`: the object behind this foreign key is in the same row.
template <class Fetched> Reading reading_of(const std::vector<const Field*>& columns, Fetched fetched) {
    Reading reading;
    reading.slots.reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const Field& field = *columns[i];
        reading.slots.push_back({field.offset, field.ops->decode});
        if (field.is_foreign_key() && field.ops->related && !fetched(field)) reading.keys.push_back({i, &field});
    }
    return reading;
}

// Objects of one chunk are each other's peers, so that those before can go.
void renew_peers(Peers& peers, const Reading& reading, std::string_view database, FetchMode mode) {
    peers.clear();
    peers.reserve(reading.keys.size());
    for (const Reading::Key& key : reading.keys) peers.push_back(make_ref<PeerGroup>(*key.field, database, mode));
}

Block make_block(const ModelMeta& meta, const std::vector<const Field*>& columns, const Around& select, int index) {
    Block block;
    block.meta = &meta;
    block.reading = reading_of(columns, [&](const Field& field) {
        return std::any_of(select.related.begin(), select.related.end(), [&](const Select::Related& entry) {
            return entry.field == &field && entry.parent == index && !entry.backward;
        });
    });
    renew_peers(block.peers, block.reading, select.database, select.mode);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (meta.is_pk_column(*columns[i])) block.primary = i;
    }
    if (columns.size() < meta.columns().size()) {
        for (const Field* field : meta.columns()) {
            if (std::find(columns.begin(), columns.end(), field) == columns.end()) block.deferred.push_back(field);
        }
    }
    return block;
}

// The accessor of a one-to-one field on its target.
std::string accessor_of(const Field& field) {
    const ModelMeta& target = field.target();
    if (target.registry) {
        for (const ReverseRelation& relation : target.registry->relations_to(target)) {
            if (relation.field == &field) return relation.accessor;
        }
    }
    return field.model->model_name;
}

// Both ends remember each other; `child` may be null: there is no such row.
void link_backward(const Block& block, void* parent, Instance* owner, const Ref<Instance>& child) {
    for (const Field& declared : owner ? owner->meta().fields : block.field->target().fields) {
        if (declared.kind != FieldKind::reverse || !declared.ops->related || &reversed_field(declared) != block.field) continue;
        if (RelatedCache* cache = declared.ops->related(declared.member(parent)); cache && child) cache->set(child);
    }
    if (!owner) return;
    owner->make_extras().relations.emplace_back(block.accessor, child);
    if (!child) return;
    if (RelatedCache* cache = block.field->ops->related(block.field->member(child->object()))) cache->set(Instance::copy_of(owner->meta(), parent));  // a copy: two that own each other would never go
}

// A filtered relation's object hangs on its owner by the alias, where the owner can hold it, and knows the owner.
void link_filtered(const Block& block, void* parent, Instance* owner, const Ref<Instance>& other) {
    if (!owner || !other) return;
    owner->make_extras().relations.emplace_back(std::string(block.alias), other);
    if (!block.accessor.empty())
        other->make_extras().relations.emplace_back(block.accessor, Instance::copy_of(owner->meta(), parent));
}

// Relation members remember the database, where it is not the default one.
[[gnu::noinline]] void mark_database(const ModelMeta& meta, void* object, std::string_view database) {
    for (const Field& field : meta.fields) {
        if (!field.is_relation() || !field.ops->related) continue;
        if (RelatedCache* cache = field.ops->related(field.member(object))) cache->set_owner_database(database);
    }
}

void decode_object(const Reading& reading, const Peers& peers, const ModelMeta& meta, std::string_view database, void* object,
                   const Cell* cells) {
    const Cell* cell = cells;
    for (const Slot& slot : reading.slots) slot.decode(static_cast<char*>(object) + slot.offset, *cell++);
    for (std::size_t i = 0; i < peers.size(); ++i) {
        const Reading::Key& key = reading.keys[i];
        if (cells[key.column].is_null()) continue;
        if (RelatedCache* cache = key.field->ops->related(key.field->member(object))) {
            peers[i]->add(cells[key.column]);
            cache->set(peers[i]);
        }
    }
    if (database != "default") [[unlikely]]
        mark_database(meta, object, database);
}

void decode_block(const Block& block, std::string_view database, void* object, const Cell* cells) {
    decode_object(block.reading, block.peers, *block.meta, database, object, cells);
}

}  // namespace

namespace {

ExecuteResult run(const Connection& connection, std::string_view sql, std::span<const Param> params, std::size_t rows_at_once,
                  RowSink sink) {
    return rows_at_once ? connection.execute_streamed(sql, params, rows_at_once, sink) : connection.execute(sql, params, sink);
}

/// How the objects of a kept statement are read: nothing is selected beside them.
struct KeptReading final : RefCounted {
    Reading reading;
};

const Reading& kept_reading(const KnownQuery& known, const ModelMeta& meta) {
    Ref<RefCounted>& kept = known.decoder();
    if (!kept) [[unlikely]] {
        auto made = make_ref<KeptReading>();
        made->reading = reading_of(meta.columns(), [](const Field&) { return false; });
        kept = made;
    }
    return static_cast<const KeptReading&>(*kept).reading;
}

/// Objects of a statement that was compiled before. Its frame stays on the stack of every fiber that waits for the rows.
[[gnu::noinline]] std::size_t fetch_known(const ModelMeta& meta, const Connection& connection, const KnownQuery& known,
                                          FunctionRef<void*()> append, FunctionRef<void(void* object, const Cell* rest)> rest,
                                          std::size_t rows_at_once) {
    const Reading& reading = kept_reading(known, meta);
    const std::string_view database = connection.alias();
    Peers peers;
    if (!reading.keys.empty()) renew_peers(peers, reading, database, known.mode());
    std::size_t count = 0;
    run(connection, known.sql(), known.params(), rows_at_once, [&](std::span<const Cell> cells) {
        if (rows_at_once && count && count % rows_at_once == 0) renew_peers(peers, reading, database, known.mode());
        ++count;
        check_columns(cells.size(), reading.slots.size());
        void* object = append();
        decode_object(reading, peers, meta, database, object, cells.data());
        rest(object, cells.data() + reading.slots.size());
    });
    return count;
}

}  // namespace

namespace detail {

std::optional<std::size_t> fetch_known_object(const Query& query, std::initializer_list<const QNode*> conditions, void* object) {
    const Connection connection = db::connection(query.database());
    const KnownQuery known(query, conditions, connection);
    if (!known) return std::nullopt;
    return fetch_known(query.meta(), connection, known, [&] { return object; }, [](void*, const Cell*) {}, 0);
}

}  // namespace detail

void check_lock(const Select& select, const Connection& connection) {
    if (select.lock && connection.features().has_select_for_update && !connection.in_atomic_block())
        throw TransactionManagementError("select_for_update cannot be used outside of a transaction.");
}

namespace {

/// Compiles the query and reads whatever it selects.
[[gnu::noinline]] std::size_t fetch_selected(const Query& query, const Connection& connection, FunctionRef<void*()> append,
                                             FunctionRef<void(void* object, const Cell* rest)> rest,
                                             std::vector<Prefetch>* prefetches, std::size_t extras, InstanceList* instances,
                                             std::size_t rows_at_once) {
    Select select(query.meta(), nullptr);
    SqlWriter out(connection);
    select.build(query, true);
    if (prefetches) {
        for (const Prefetch* lookup : select.prefetches) prefetches->push_back(*lookup);
    }
    if (select.selection != Select::Selection::model)
        throw TypeError("Cannot fetch objects after .values() or .values_list()");
    if (select.is_empty()) return 0;
    check_lock(select, connection);
    select.write(out);
    CompiledQuery(query, connection).keep(select, out);
    const Around around{select.related, connection.alias(), select.mode};  // objects behind foreign keys come from there too

    std::vector<Block> blocks;
    blocks.reserve(select.related.size() + 1);
    blocks.push_back(make_block(select.model, select.loaded(), around, -1));
    for (std::size_t i = 0; i < select.related.size(); ++i) {
        const Select::Related& entry = select.related[i];
        blocks.push_back(make_block(entry.target(), entry.columns, around, static_cast<int>(i)));
        Block& block = blocks.back();
        block.field = entry.field;
        block.parent = entry.parent;
        block.backward = entry.backward;
        if (entry.backward) block.accessor = accessor_of(*entry.field);
        block.alias = entry.alias;
        if (entry.to && entry.one_hop && entry.field->is_foreign_key()) block.accessor = accessor_of(*entry.field);
    }
    std::size_t count = 0;
    std::vector<void*> objects(blocks.size());
    std::vector<Instance*> holders(blocks.size());
    run(connection, out.text(), out.params(), rows_at_once, [&](std::span<const Cell> cells) {
        if (rows_at_once && count && count % rows_at_once == 0) {
            for (Block& block : blocks) renew_peers(block.peers, block.reading, around.database, around.mode);
        }
        ++count;
        void* object = append();
        const Cell* at = cells.data();
        decode_block(blocks[0], around.database, object, at);
        at += blocks[0].width();
        objects[0] = object;
        holders[0] = instances ? instances->items.back().get() : nullptr;
        if (holders[0] && !blocks[0].deferred.empty()) holders[0]->make_extras().deferred = blocks[0].deferred;
        for (std::size_t i = 1; i < blocks.size(); ++i) {
            Block& block = blocks[i];
            void* parent = objects[static_cast<std::size_t>(block.parent + 1)];
            objects[i] = nullptr;
            holders[i] = nullptr;
            Ref<Instance> instance;
            if (parent && !at[block.primary].is_null()) {
                instance = Instance::create(*block.meta);
                decode_block(block, around.database, instance->object(), at);
                if (!block.deferred.empty()) instance->make_extras().deferred = block.deferred;
                objects[i] = instance->object();
                holders[i] = instance.get();
            }
            if (!block.alias.empty()) {
                link_filtered(block, parent, holders[static_cast<std::size_t>(block.parent + 1)], instance);
            } else if (parent && block.backward) {
                link_backward(block, parent, holders[static_cast<std::size_t>(block.parent + 1)], instance);
            } else if (instance) {
                if (RelatedCache* cache = block.field->ops->related(block.field->member(parent)))
                    cache->set(std::move(instance));
            } else if (Instance* holder = parent ? holders[static_cast<std::size_t>(block.parent + 1)] : nullptr) {
                holder->make_extras().relations.emplace_back(block.field->name, Ref<RelatedState>());
            }
            at += block.width();
        }
        check_columns(static_cast<std::size_t>(cells.data() + cells.size() - at), extras);
        rest(object, at);
    });
    return count;
}

}  // namespace

std::size_t fetch_objects(const Query& query, FunctionRef<void*()> append,
                          FunctionRef<void(void* object, const Cell* rest)> rest, std::vector<Prefetch>* prefetches,
                          std::size_t extras, InstanceList* instances, std::size_t rows_at_once) {
    const Connection connection = db::connection(query.database());
    const KnownQuery known(query, connection);
    if (!known) return fetch_selected(query, connection, append, rest, prefetches, extras, instances, rows_at_once);
    check_columns(0, extras);
    return fetch_known(query.meta(), connection, known, append, rest, rows_at_once);
}

// Who decodes a row and who wrote its query know their columns apart: where they disagree, nothing may be read.
void check_columns(std::size_t selected, std::size_t wanted) {
    if (selected < wanted)
        throw TypeError("A row of " + std::to_string(selected) + " columns cannot be read as one of " +
                        std::to_string(wanted) + ".");
}

namespace {
std::size_t fetch_into(const Query& query, ObjectList& list, ExtraColumns extras);
}  // namespace

std::size_t Query::fetch(ObjectList& list, ExtraColumns extras) const {
    for (const Step* step = last(); step; step = step->before()) {
        if (step->kind == steps::Kind::only || step->kind == steps::Kind::defer)
            throw NotSupportedError(
                "Objects are always read whole: only() and defer() would let save() wipe what was not read. Use "
                "values().");
    }
    return fetch_into(*this, list, extras);
}

std::size_t Query::fetch_partly(ObjectList& list) const { return fetch_into(*this, list, {}); }

namespace {

std::size_t fetch_into(const Query& query, ObjectList& list, ExtraColumns extras) {
    std::vector<Prefetch> prefetches;
    const ExtraReader reader(query, extras);
    const std::size_t count = fetch_objects(
        query, [&] { return list.append(); }, [&](void* object, const Cell* cells) { reader.read(object, cells); },
        &prefetches, reader.count());
    if (!count || prefetches.empty()) return count;
    for (const ExtraColumn& extra : extras) {
        if (extra.decode) continue;
        const auto lookup = std::find_if(prefetches.begin(), prefetches.end(),
                                         [&](const Prefetch& one) { return one.to_attr == extra.prefetched; });
        if (lookup == prefetches.end()) continue;
        prefetch_beside(query.meta(), list, *lookup, extra.offset, query.database());
        prefetches.erase(lookup);
    }
    prefetch(query.meta(), list, prefetches, query.database());
    return count;
}

}  // namespace

namespace {

void* memory_for(const ModelMeta& meta) {
    const std::size_t size = meta.ops->size ? meta.ops->size : meta.fields.size() * record_slot_size();
    return detail::allocate_objects(size, meta.ops->alignment);
}

}  // namespace

Ref<Instance> Instance::create(const ModelMeta& meta) {
    Ref<Instance> made(new Instance(meta));
    void* memory = memory_for(meta);
    meta.ops->construct(meta, memory);
    made->object_ = memory;
    return made;
}

Ref<Instance> Instance::copy_of(const ModelMeta& meta, const void* object) {
    Ref<Instance> made(new Instance(meta));
    void* memory = memory_for(meta);
    meta.ops->copy(meta, memory, object);
    made->object_ = memory;
    return made;
}

Instance::~Instance() {
    delete extras_;
    if (!object_) return;
    meta_.ops->destroy(meta_, object_);
    detail::free_objects(object_, meta_.ops->alignment);
}

const Instance* RelatedCache::instance() const {
    return state_ && state_->kind() == RelatedState::Kind::instance ? static_cast<const Instance*>(state_.get())
                                                                    : nullptr;
}

ObjectList* RelatedCache::list() const {
    return state_ && state_->kind() == RelatedState::Kind::list ? static_cast<ObjectList*>(state_.get()) : nullptr;
}

}  // namespace nuages::db::models

// Rows into objects: each column goes straight into its member through the field's decode function.
//
// A plan is made once per result: offsets and functions in the order of the columns. Per row there is one append(), one
// call per column, and for foreign keys that were not selected one reference to the group of peers.
#include <nuages/db/models/detail/compiled_queries.hpp>
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

/// The columns of one object in the row.
struct Block {
    const ModelMeta* meta = nullptr;
    std::vector<Slot> slots;
    struct Key {
        std::size_t column;  // in the block
        std::size_t offset;
        const Field* field;
        const FieldOps* ops;
        Ref<PeerGroup> peers;
    };
    std::vector<Key> keys;         // foreign keys that stay unfetched
    std::vector<const Field*> marked;  // relation members that remember the database, where it is not the default one
    std::string_view database;
    const Field* field = nullptr;  // on the parent, or leading to it
    bool backward = false;
    std::string accessor;  // of a backward one, or of a filtered one on its objects' side
    std::string_view alias;  // of a filtered one
    std::vector<const Field*> deferred;
    int parent = -1;
    std::size_t primary = 0;  // column of the key in the block
};

/// What was selected beside the objects, and how what was not is fetched.
struct Around {
    std::span<const Select::Related> related = {};
    std::string_view database = {};
    FetchMode mode = FetchMode::peers;
};

Block make_block(const ModelMeta& meta, const std::vector<const Field*>& columns, const Around& select, int index) {
    Block block;
    block.meta = &meta;
    block.slots.reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const Field& field = *columns[i];
        block.slots.push_back({field.offset, field.ops->decode});
        if (meta.is_pk_column(field)) block.primary = i;
        if (!field.is_foreign_key() || !field.ops->related) continue;
        const bool fetched =
            std::any_of(select.related.begin(), select.related.end(),
                        [&](const Select::Related& entry) {
                            return entry.field == &field && entry.parent == index && !entry.backward;
                        });
        if (!fetched)
            block.keys.push_back({i, field.offset, &field, field.ops,
                                  make_ref<PeerGroup>(field, select.database, select.mode)});
    }
    if (select.database != "default") {
        block.database = select.database;
        for (const Field& field : meta.fields) {
            if (field.is_relation() && field.ops->related) block.marked.push_back(&field);
        }
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

void decode_block(Block& block, void* object, const Cell* cells) {
    for (std::size_t i = 0; i < block.slots.size(); ++i)
        block.slots[i].decode(static_cast<char*>(object) + block.slots[i].offset, cells[i]);
    for (Block::Key& key : block.keys) {
        if (cells[key.column].is_null()) continue;
        if (RelatedCache* cache = key.ops->related(static_cast<char*>(object) + key.offset)) {
            key.peers->add(cells[key.column]);
            cache->set(key.peers);
        }
    }
    for (const Field* field : block.marked) {
        if (RelatedCache* cache = field->ops->related(field->member(object))) cache->set_owner_database(block.database);
    }
}

}  // namespace

namespace {

ExecuteResult run(const Connection& connection, std::string_view sql, std::span<const Param> params, std::size_t rows_at_once,
                  RowSink sink) {
    return rows_at_once ? connection.execute_streamed(sql, params, rows_at_once, sink) : connection.execute(sql, params, sink);
}

// Objects of one chunk are each other's peers, so that those before can go.
void renew_peers(Block& block, const Around& around) {
    for (Block::Key& key : block.keys)
        key.peers = make_ref<PeerGroup>(*key.field, around.database, around.mode);
}

/// How the rows of a model are read, where there is nothing more to do than to set columns; else without any.
struct PlainRows final : RefCounted {
    std::vector<Slot> slots;
};

/// Empty where something is to be done for each result: foreign keys that remember their peers, a database to remember.
[[gnu::noinline]] const PlainRows& plain_rows(const KnownQuery& known, const ModelMeta& meta, const Connection& connection) {
    Ref<RefCounted>& kept = known.decoder();
    if (!kept) {
        auto rows = make_ref<PlainRows>();
        const std::vector<const Field*>& columns = meta.columns();
        const bool plain = connection.alias() == "default" && std::none_of(columns.begin(), columns.end(), [](const Field* field) {
            return field->is_foreign_key() && field->ops->related;
        });
        for (std::size_t i = 0; plain && i < columns.size(); ++i) rows->slots.push_back({columns[i]->offset, columns[i]->ops->decode});
        kept = rows;
    }
    return static_cast<const PlainRows&>(*kept);
}

const Cell* decode_plain(const PlainRows& plain, void* object, std::span<const Cell> cells) {
    check_columns(cells.size(), plain.slots.size());
    const Cell* cell = cells.data();
    for (const Slot& slot : plain.slots) slot.decode(static_cast<char*>(object) + slot.offset, *cell++);
    return cell;
}

/// Objects of a statement that was compiled before, with nothing selected beside them, that have more to do than set columns.
[[gnu::noinline]] std::size_t fetch_known_blocks(const ModelMeta& meta, const Connection& connection, const KnownQuery& known,
                                                 FunctionRef<void*()> append, FunctionRef<void(void* object, const Cell* rest)> rest,
                                                 std::size_t rows_at_once) {
    std::size_t count = 0;
    const Around around{{}, connection.alias(), known.mode()};
    Block block = make_block(meta, meta.columns(), around, -1);
    run(connection, known.sql(), known.params(), rows_at_once, [&](std::span<const Cell> cells) {
        if (rows_at_once && count && count % rows_at_once == 0) renew_peers(block, around);
        ++count;
        check_columns(cells.size(), block.slots.size());
        void* object = append();
        decode_block(block, object, cells.data());
        rest(object, cells.data() + block.slots.size());
    });
    return count;
}

/// Objects of a statement that was compiled before: nothing is selected beside them.
std::size_t fetch_known(const ModelMeta& meta, const Connection& connection, const KnownQuery& known,
                        FunctionRef<void*()> append, FunctionRef<void(void* object, const Cell* rest)> rest,
                        std::size_t rows_at_once) {
    const PlainRows& plain = plain_rows(known, meta, connection);
    if (plain.slots.empty()) return fetch_known_blocks(meta, connection, known, append, rest, rows_at_once);
    std::size_t count = 0;
    run(connection, known.sql(), known.params(), rows_at_once, [&](std::span<const Cell> cells) {
        ++count;
        void* object = append();
        rest(object, decode_plain(plain, object, cells));
    });
    return count;
}

}  // namespace

namespace detail {

std::optional<std::size_t> fetch_known_object(const Query& query, std::initializer_list<const QNode*> conditions, void* object) {
    const Connection connection = db::connection(query.database());
    const KnownQuery known(query, conditions, connection);
    if (!known) return std::nullopt;
    const PlainRows& plain = plain_rows(known, query.meta(), connection);
    if (plain.slots.empty())
        return fetch_known_blocks(query.meta(), connection, known, [&] { return object; }, [](void*, const Cell*) {}, 0);
    std::size_t count = 0;
    connection.execute(known.sql(), known.params(), [&](std::span<const Cell> cells) {
        ++count;
        decode_plain(plain, object, cells);
    });
    return count;
}

}  // namespace detail

void check_lock(const Select& select, const Connection& connection) {
    if (select.lock && connection.features().has_select_for_update && !connection.in_atomic_block())
        throw TransactionManagementError("select_for_update cannot be used outside of a transaction.");
}

namespace {

/// Compiles the query, unless its SQL is KNOWN, and reads whatever it selects.
[[gnu::noinline]] std::size_t fetch_selected(const Query& query, const Connection& connection, const KnownQuery& known,
                                             FunctionRef<void*()> append, FunctionRef<void(void* object, const Cell* rest)> rest,
                                             std::vector<Prefetch>* prefetches, std::size_t extras, InstanceList* instances,
                                             std::size_t rows_at_once) {
    Select select(query.meta(), nullptr);
    SqlWriter out(connection);
    if (known) {
        select.mode = known.mode();
    } else {
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
    }
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
    const std::string& sql = known ? known.sql() : out.text();
    const std::span<const Param> params = known ? known.params() : std::span<const Param>(out.params());
    run(connection, sql, params, rows_at_once, [&](std::span<const Cell> cells) {
        if (rows_at_once && count && count % rows_at_once == 0) {
            for (Block& block : blocks) renew_peers(block, around);
        }
        ++count;
        void* object = append();
        const Cell* at = cells.data();
        decode_block(blocks[0], object, at);
        at += blocks[0].slots.size();
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
                decode_block(block, instance->object(), at);
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
            at += block.slots.size();
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
    if (!known || instances)
        return fetch_selected(query, connection, known, append, rest, prefetches, extras, instances, rows_at_once);
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
    std::size_t wanted = 0;
    for (const ExtraColumn& extra : extras) wanted += extra.decode != nullptr;
    const std::size_t count = fetch_objects(
        query, [&] { return list.append(); },
        [&](void* object, const Cell* cells) {
            for (const ExtraColumn& extra : extras) {
                if (extra.decode) extra.decode(static_cast<char*>(object) + extra.offset, *cells++);
            }
        },
        &prefetches, wanted);
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

Ref<Instance> Instance::create(const ModelMeta& meta) {
    Ref<Instance> made(new Instance(meta));
    void* memory = ::operator new(meta.ops->size ? meta.ops->size : meta.fields.size() * record_slot_size(),
                                  std::align_val_t(meta.ops->alignment));
    meta.ops->construct(meta, memory);
    made->object_ = memory;
    return made;
}

Ref<Instance> Instance::copy_of(const ModelMeta& meta, const void* object) {
    Ref<Instance> made(new Instance(meta));
    void* memory = ::operator new(meta.ops->size ? meta.ops->size : meta.fields.size() * record_slot_size(),
                                  std::align_val_t(meta.ops->alignment));
    meta.ops->copy(meta, memory, object);
    made->object_ = memory;
    return made;
}

Instance::~Instance() {
    delete extras_;
    if (!object_) return;
    meta_.ops->destroy(meta_, object_);
    ::operator delete(object_, std::align_val_t(meta_.ops->alignment));
}

const Instance* RelatedCache::instance() const {
    return state_ && state_->kind() == RelatedState::Kind::instance ? static_cast<const Instance*>(state_.get())
                                                                    : nullptr;
}

ObjectList* RelatedCache::list() const {
    return state_ && state_->kind() == RelatedState::Kind::list ? static_cast<ObjectList*>(state_.get()) : nullptr;
}

}  // namespace nuages::db::models

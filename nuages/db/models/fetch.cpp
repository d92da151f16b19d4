// Rows into objects: each column goes straight into its member through the field's decode function.
//
// A plan is made once per result: offsets and functions in the order of the columns. Per row there is one append(), one
// call per column, and for foreign keys that were not selected one reference to the group of peers.
#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/related.hpp>

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
        const FieldOps* ops;
        Ref<PeerGroup> peers;
    };
    std::vector<Key> keys;         // foreign keys that stay unfetched
    const Field* field = nullptr;  // on the parent
    int parent = -1;
    std::size_t primary = 0;  // column of the key in the block
};

Block make_block(const ModelMeta& meta, const std::vector<const Field*>& columns, const Select& select, int index) {
    Block block;
    block.meta = &meta;
    block.slots.reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const Field& field = *columns[i];
        block.slots.push_back({field.offset, field.ops->decode});
        if (field.primary_key) block.primary = i;
        if (!field.is_foreign_key() || !field.ops->related) continue;
        const bool fetched =
            std::any_of(select.related.begin(), select.related.end(),
                        [&](const Select::Related& entry) { return entry.field == &field && entry.parent == index; });
        if (!fetched)
            block.keys.push_back({i, field.offset, field.ops,
                                  make_ref<PeerGroup>(field, database_or_default(select.database), select.mode)});
    }
    return block;
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
}

}  // namespace

std::size_t fetch_objects(const Query& query, FunctionRef<void*()> append,
                          FunctionRef<void(void* object, const Cell* rest)> rest, std::vector<Name>* prefetches,
                          std::size_t extras) {
    Select select(query.meta(), nullptr);
    select.build(query);
    if (prefetches) {
        for (const steps::Names* step : select.prefetches)
            prefetches->insert(prefetches->end(), step->names.begin(), step->names.end());
    }
    if (select.selection != Select::Selection::model)
        throw TypeError("Cannot fetch objects after .values() or .values_list()");
    if (select.is_empty()) return 0;
    const Connection connection = db::connection(query.database());
    SqlWriter out(connection);
    select.write(out);

    std::vector<Block> blocks;
    blocks.reserve(select.related.size() + 1);
    blocks.push_back(make_block(select.model, select.loaded(), select, -1));
    for (std::size_t i = 0; i < select.related.size(); ++i) {
        const Select::Related& entry = select.related[i];
        const ModelMeta& target = entry.field->target();
        blocks.push_back(make_block(target, target.columns(), select, static_cast<int>(i)));
        blocks.back().field = entry.field;
        blocks.back().parent = entry.parent;
    }
    if (!select.chosen.empty()) {
        for (const Select::Related& entry : select.related) {
            if (entry.parent < 0 &&
                std::find(select.chosen.begin(), select.chosen.end(), entry.field) == select.chosen.end())
                throw FieldError("Field " + select.model.object_name + "." + entry.field->name +
                                 " cannot be both deferred and traversed using select_related at the same time.");
        }
    }
    std::size_t count = 0;
    std::vector<void*> objects(blocks.size());
    connection.execute(out.text(), out.params(), [&](std::span<const Cell> cells) {
        ++count;
        void* object = append();
        const Cell* at = cells.data();
        decode_block(blocks[0], object, at);
        at += blocks[0].slots.size();
        objects[0] = object;
        for (std::size_t i = 1; i < blocks.size(); ++i) {
            Block& block = blocks[i];
            void* parent = objects[static_cast<std::size_t>(block.parent + 1)];
            objects[i] = nullptr;
            if (parent && !at[block.primary].is_null()) {
                Ref<Instance> instance = Instance::create(*block.meta);
                decode_block(block, instance->object(), at);
                objects[i] = instance->object();
                if (RelatedCache* cache = block.field->ops->related(block.field->member(parent)))
                    cache->set(std::move(instance));
            }
            at += block.slots.size();
        }
        check_columns(static_cast<std::size_t>(cells.data() + cells.size() - at), extras);
        rest(object, at);
    });
    return count;
}

// Who decodes a row and who wrote its query know their columns apart: where they disagree, nothing may be read.
void check_columns(std::size_t selected, std::size_t wanted) {
    if (selected < wanted)
        throw TypeError("A row of " + std::to_string(selected) + " columns cannot be read as one of " +
                        std::to_string(wanted) + ".");
}

std::size_t Query::fetch(ObjectList& list, std::span<const ExtraColumn> extras) const {
    for (const Step* step = last(); step; step = step->before()) {
        if (step->kind == steps::Kind::only || step->kind == steps::Kind::defer)
            throw NotSupportedError(
                "Objects are always read whole: only() and defer() would let save() wipe what was not read. Use "
                "values().");
    }
    std::vector<Name> prefetches;
    const std::size_t count = fetch_objects(
        *this, [&] { return list.append(); },
        [&](void* object, const Cell* cells) {
            for (const ExtraColumn& extra : extras) extra.decode(static_cast<char*>(object) + extra.offset, *cells++);
        },
        &prefetches, extras.size());
    if (count && !prefetches.empty()) prefetch(meta(), list, prefetches, database());
    return count;
}

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

// Objects behind relations: one shared object, a list of them, and the slot where a member remembers either.
#pragma once

#include <nuages/db/models/fwd.hpp>
#include <nuages/db/models/literal.hpp>

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// What a relation member can remember: an Instance, an ObjectList (prefetched), the PeerGroup it was read with, no more
/// than the database that its owner belongs to, or a key that is no integer.
class RelatedState : public RefCounted {
public:
    enum class Kind : std::uint8_t { instance, list, peers, origin, key };
    explicit RelatedState(Kind kind) : kind_(kind) {}
    Kind kind() const { return kind_; }

    /// The database of the member's owner where that is not the default one (Model._state.db), of lists and origins: an
    /// alias of databases(), which lives on. "" stands for not known.
    std::string_view owner_database() const { return owner_database_; }
    void set_owner_database(std::string_view alias) { owner_database_ = alias; }

private:
    std::string_view owner_database_;
    Kind kind_;
};

struct InstanceExtras;  // instance_extras.hpp

/// One object of a model on the heap, shared by those who refer to it.
class Instance final : public RelatedState {
public:
    static Ref<Instance> create(const ModelMeta& meta);
    static Ref<Instance> copy_of(const ModelMeta& meta, const void* object);
    ~Instance() override;

    const ModelMeta& meta() const { return meta_; }
    void* object() const { return object_; }

    /// Null where nothing was ever kept there.
    const InstanceExtras* extras() const { return extras_; }
    InstanceExtras& make_extras();
    /// The value of a field; one that was deferred is read now (for all its peers under FetchMode::peers).
    Literal value(const Field& field);
    void set_value(const Field& field, const Literal& value);

private:
    explicit Instance(const ModelMeta& meta) : RelatedState(Kind::instance), meta_(meta) {}
    const ModelMeta& meta_;
    void* object_ = nullptr;
    InstanceExtras* extras_ = nullptr;
};

/// A growing list of objects of one model, whatever its element type.
class ObjectList : public RelatedState {
public:
    ObjectList() : RelatedState(Kind::list) {}
    /// Adds one object, constructed for decoding, and returns the model's part of it.
    virtual void* append() = 0;
    virtual void append_copy(const void* object) = 0;
    virtual std::size_t size() const = 0;
    virtual void* at(std::size_t index) = 0;
    virtual void reserve(std::size_t) {}
};

/// A std::vector of T as an ObjectList. T is a model, or derives from one and adds annotations behind it.
template <class T>
class TypedList final : public ObjectList {
public:
    std::vector<T> items;
    void* append() override { return &items.emplace_back(); }
    void append_copy(const void* object) override { items.push_back(*static_cast<const T*>(object)); }
    std::size_t size() const override { return items.size(); }
    void* at(std::size_t index) override { return &items[index]; }
    void reserve(std::size_t count) override { items.reserve(count); }
};

class PeerGroup;  // the keys of one foreign key in one result: related.hpp

/// The part of a relation member that remembers what was fetched: eight bytes, copied with the member.
class RelatedCache {
public:
    /// The fetched object; null when nothing was fetched.
    const Instance* instance() const;
    /// The prefetched objects; null when nothing was prefetched.
    ObjectList* list() const;
    bool empty() const { return !state_; }
    void set(Ref<RelatedState> state) { state_ = std::move(state); }
    void reset() { state_ = {}; }
    /// Forgets what was fetched, but not the owner's database.
    void forget();
    /// The owner belongs to this database ("": not known).
    void set_owner_database(std::string_view alias);
    RelatedState* state() const { return state_.get(); }

private:
    Ref<RelatedState> state_;
};

}  // namespace nuages::db::models

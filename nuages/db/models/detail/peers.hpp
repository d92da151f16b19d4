// PeerGroup: the keys of one foreign key in one result set. Touching the key of one object fetches those of all.
#pragma once

#include <nuages/db/models/detail/inline_vector.hpp>
#include <nuages/db/models/query.hpp>

#include <string>
#include <unordered_map>
#include <vector>

namespace nuages::db::models {

class PeerGroup final : public RelatedState {
public:
    PeerGroup(const Field& field, std::string_view database, FetchMode mode)
        : RelatedState(Kind::peers), field_(field), database_(database), mode_(mode) {}
    ~PeerGroup() override { delete more_; }
    PeerGroup(const PeerGroup&) = delete;

    const Field& field() const { return field_; }
    const std::string& database() const { return database_; }
    FetchMode mode() const { return mode_; }

    /// Remembers the key in a cell that was just decoded.
    void add(const Cell& cell);
    /// The object with this key: loads all peers on the first call. Null when there is none.
    Ref<Instance> find(std::int64_t key);
    Ref<Instance> find(const Literal& key);

private:
    /// What only some groups have: made where it is needed, since each object that is got alone has a group of its own.
    struct More {
        std::vector<std::string> text_keys;
        std::unordered_map<std::int64_t, Ref<Instance>> objects;
        std::vector<std::pair<Literal, Ref<Instance>>> text_objects;
    };
    More& more();
    void load();
    void require_allowed() const;

    const Field& field_;
    std::string database_;
    FetchMode mode_;
    bool loaded_ = false;
    detail::InlineVector<std::int64_t, 2> keys_;
    More* more_ = nullptr;
};

/// A list of objects that others may share one by one.
class InstanceList final : public ObjectList {
public:
    explicit InstanceList(const ModelMeta& meta) : meta_(meta) {}
    std::vector<Ref<Instance>> items;
    void* append() override { return items.emplace_back(Instance::create(meta_))->object(); }
    void append_copy(const void* object) override { items.push_back(Instance::copy_of(meta_, object)); }
    std::size_t size() const override { return items.size(); }
    void* at(std::size_t index) override { return items[index]->object(); }

private:
    const ModelMeta& meta_;
};

}  // namespace nuages::db::models

// The signals of models (django.db.models.signals). A receiver that gives a sender, `&meta_of<Article>()`, hears of
// that model only; it runs on the fiber that saves or deletes, inside the same transaction.
//
//     signals::post_save().connect([](const signals::Save& event) { ... }, {.sender = &meta_of<Article>()});
//
// Receivers of one model's objects: post_save<Article>() of model_signals.hpp.
#pragma once

#include <nuages/db/models/fwd.hpp>
#include <nuages/db/models/literal.hpp>
#include <nuages/signals/signal.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace nuages::db::models::signals {

/// What pre_save and post_save tell. `object` is the model's struct, or a record.
struct Save {
    const ModelMeta& meta;
    void* object;
    bool created;  ///< post_save: a row was inserted
    bool raw;      ///< from a fixture: related rows may be missing yet
    std::string_view using_;
    std::span<const Name> update_fields;  ///< empty: all
};

/// What pre_delete and post_delete tell.
struct Delete {
    const ModelMeta& meta;
    void* object;
    std::string_view using_;
    const void* origin;  ///< the object or the Query whose deletion began it
};

/// What m2m_changed tells, before and after a change of a many-to-many table.
struct M2mChanged {
    enum class Action : std::uint8_t { pre_add, post_add, pre_remove, post_remove, pre_clear, post_clear };
    const ModelMeta& through;  ///< also the sender
    const ModelMeta& meta;     ///< of `object`
    const void* object;        ///< whose relations change
    Action action;
    bool reverse;            ///< asked through the side that has no ManyToManyField
    const ModelMeta& model;  ///< of the rows that are added or removed
    std::span<const Literal> keys;  ///< theirs; empty when all go
    std::string_view using_;
};

/// A row was read, or an object made by run-time code: pre_init and post_init.
struct Init {
    const ModelMeta& meta;
    void* object;
};

nuages::signals::Signal<const Save&>& pre_save();
nuages::signals::Signal<const Save&>& post_save();
nuages::signals::Signal<const Delete&>& pre_delete();
nuages::signals::Signal<const Delete&>& post_delete();
nuages::signals::Signal<const M2mChanged&>& m2m_changed();
/// Sent for objects that run-time code makes (new_object, fixtures, the shell), not for C++ objects: before and after their
/// fields get their defaults.
nuages::signals::Signal<const Init&>& pre_init();
nuages::signals::Signal<const Init&>& post_init();
/// A model's metadata are complete and registered; the sender is the model.
nuages::signals::Signal<const ModelMeta&>& class_prepared();

}  // namespace nuages::db::models::signals

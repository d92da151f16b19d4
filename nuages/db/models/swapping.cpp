#include <nuages/db/models/swapping.hpp>

#include <nuages/base/error.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/meta.hpp>

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

namespace nuages::db::models {

namespace {

struct Swaps {
    std::mutex mutex;
    std::vector<std::pair<std::string, ModelRef>> chosen;  // by setting
    std::vector<detail::ModelSlot*> slots;                 // that remember what a setting named

    ModelRef find(std::string_view setting) {
        const std::lock_guard lock(mutex);
        for (const auto& [name, model] : chosen) {
            if (name == setting) return model;
        }
        return {};
    }
};
Swaps& swaps() {
    static auto* all = new Swaps;
    return *all;
}

}  // namespace

void set_swappable(std::string_view setting, ModelRef model) {
    Swaps& all = swaps();
    {
        const std::lock_guard lock(all.mutex);
        std::erase_if(all.chosen, [&](const auto& entry) { return entry.first == setting; });
        if (model) all.chosen.emplace_back(setting, model);
        for (detail::ModelSlot* slot : all.slots) __atomic_store_n(&slot->meta, nullptr, __ATOMIC_RELEASE);
    }
    Registry::global().forget_relations();
}

const ModelMeta* find_swapped_in(std::string_view setting) {
    if (const ModelRef chosen = swaps().find(setting)) return &chosen.meta();
    for (const ModelMeta* meta : Registry::global().models()) {
        if (meta->swappable == setting) return meta;
    }
    return nullptr;
}

const ModelMeta& swapped_in(std::string_view setting, std::string_view default_label) {
    if (const ModelMeta* meta = find_swapped_in(setting)) return *meta;
    throw ImproperlyConfigured(std::string(setting) + " refers to model '" + std::string(default_label) +
                               "' that has not been installed: install its app, or name a model of your own in the settings.");
}

const ModelMeta* swapped_for(const ModelMeta& meta) {
    if (meta.swappable.empty()) return nullptr;
    const ModelRef chosen = swaps().find(meta.swappable);
    return !chosen || &chosen.meta() == &meta ? nullptr : &chosen.meta();
}

void refuse_swapped(const ModelMeta& meta) {
    if (const ModelMeta* other = swapped_for(meta))
        throw ImproperlyConfigured("Manager isn't available; '" + meta.label() + "' has been swapped for '" + other->label() + "'");
}

namespace detail {

const ModelMeta& remember_swapped_in(ModelSlot& slot, std::string_view setting, std::string_view default_label) {
    const ModelMeta& meta = swapped_in(setting, default_label);
    Swaps& all = swaps();
    const std::lock_guard lock(all.mutex);
    if (std::find(all.slots.begin(), all.slots.end(), &slot) == all.slots.end()) all.slots.push_back(&slot);
    __atomic_store_n(&slot.meta, &meta, __ATOMIC_RELEASE);
    return meta;
}

}  // namespace detail

}  // namespace nuages::db::models

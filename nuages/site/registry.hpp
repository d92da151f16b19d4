// Registry: the apps of one site, in order, and what they register about themselves (django.apps).
//
// Each feature that apps feed (admin, signals of models ...) keeps its table in a slot of its own type, so this floor
// knows none of them: `registry.slot<AdminSite>()`.
#pragma once

#include <nuages/site/app.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace nuages::site {

/// The installed apps. Made once at start-up, then read by all threads.
class Registry {
public:
    /// Checks the list: throws ImproperlyConfigured for a null app, an invalid label, a name or label that stands
    /// twice.
    explicit Registry(std::span<const App* const> apps);
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    /// Calls every app's ready hook in order. The second call does nothing.
    void run_ready_hooks();
    bool ready() const { return ready_; }

    std::span<const App* const> apps() const { return apps_; }
    /// The app with that label (get_app_config), or nullptr.
    const App* find_app(std::string_view label) const;
    /// Throws Error "No installed app with label 'x'." in Django's words, with the nearest label as a hint.
    const App& app(std::string_view label) const;
    /// Whether an app of that name ("blog", "shop.orders") is installed.
    bool is_installed(std::string_view name) const;
    /// The models of all apps, or of one, in order; without those in whose place the site put another one.
    std::vector<const db::models::ModelMeta*> models() const;
    std::vector<const db::models::ModelMeta*> models(const App& app) const;

    /// The one T of this registry, made at the first use (during start-up: not safe from several threads).
    template <class T> T& slot() {
        if (void* found = find_slot(&kSlotKey<T>)) return *static_cast<T*>(found);
        T* made = new T();
        add_slot({&kSlotKey<T>, made, [](void* object) { delete static_cast<T*>(object); }});
        return *made;
    }

private:
    struct Slot {
        const void* key;
        void* object;
        void (*destroy)(void*);
    };
    template <class T> static inline char kSlotKey = 0;
    void* find_slot(const void* key) const;
    void add_slot(Slot slot) { slots_.push_back(slot); }

    std::vector<const App*> apps_;
    std::vector<Slot> slots_;
    bool ready_ = false;
};

}  // namespace nuages::site

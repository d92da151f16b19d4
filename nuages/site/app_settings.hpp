// Settings that belong to an app: a plain struct of its own, found by its type.
//
//     .apps_settings = {blog::Settings{.page_size = 20}}          settings<blog::Settings>().page_size
#pragma once

#include <nuages/base/ref.hpp>
#include <nuages/site/fwd.hpp>
#include <nuages/site/setting_text.hpp>

#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nuages::site {

/// One app's settings struct, erased; copies share it.
class AppSettings {
public:
    template <class T>
    requires(!std::is_same_v<std::remove_cvref_t<T>, AppSettings> && std::is_class_v<std::remove_cvref_t<T>>)
        AppSettings(T&& settings)
        : holder_(make_ref<Held<std::remove_cvref_t<T>>>(std::forward<T>(settings))) {}

    /// The struct, when it is a T; else nullptr.
    template <class T> const T* find() const {
        return holder_->key() == &kKey<T> ? &static_cast<const Held<T>&>(*holder_).settings : nullptr;
    }
    /// Appends "blog::Settings.page_size" and so on.
    void list(std::vector<SettingLine>& lines) const { holder_->list(lines); }

private:
    template <class T> static inline char kKey = 0;
    struct Holder : RefCounted {
        virtual const void* key() const = 0;
        virtual void list(std::vector<SettingLine>& lines) const = 0;
    };
    template <class T> struct Held final : Holder {
        T settings;
        template <class From> explicit Held(From&& from) : settings(std::forward<From>(from)) {}
        const void* key() const override { return &kKey<T>; }
        void list(std::vector<SettingLine>& lines) const override {
            if constexpr (std::is_aggregate_v<T>) list_members(settings, type_name<T>(), lines);
        }
    };
    Ref<const Holder> holder_;
};

namespace detail {
const std::vector<AppSettings>& current_apps_settings();
}

}  // namespace nuages::site

namespace nuages {

/// The settings of type T of the running site; a default-constructed T when the site gives none.
template <class T> const T& settings() {
    for (const site::AppSettings& entry : site::detail::current_apps_settings())
        if (const T* found = entry.template find<T>()) return *found;
    static const T defaults{};
    return defaults;
}

}  // namespace nuages

// Where files that use a model find its metadata. They are built in the file that lists the models of an app
// (models::list), so that a views file costs none of their code.
#pragma once

#include <nuages/db/models/fwd.hpp>

#include <string_view>

namespace nuages::db::models {

/// Builds the run-time metadata of the model T on first use. Costs the file that calls it T's whole description: code
/// that only uses a model asks loaded_meta().
template <class T> const ModelMeta& meta_of();

namespace detail {

/// One per model and program.
struct ModelSlot {
    const ModelMeta* meta = nullptr;          ///< once they are built
    const ModelMeta& (*make)() = nullptr;  ///< set by models::list()
};
template <class T> inline constinit ModelSlot model_slot{};

/// The metadata of a slot that was empty a moment ago. ImproperlyConfigured where no app has listed the model.
/// `printed` is a function's name with `T = the model` in it.
const ModelMeta& load_model(const ModelSlot& slot, std::string_view printed);

/// The metadata of a model that some app lists. A model may be incomplete here.
template <class T> const ModelMeta& loaded_meta() {
    if (const ModelMeta* meta = __atomic_load_n(&model_slot<T>.meta, __ATOMIC_ACQUIRE)) [[likely]]
        return *meta;
    return load_model(model_slot<T>, __PRETTY_FUNCTION__);
}

}  // namespace detail

/// A class that stands for objects of a model that the site chooses: auth::AnyUser (swappable.hpp).
template <class T>
concept Swapped = requires { typename T::swapped_handle; };

/// A model by its type, where its metadata may not be asked for yet: in settings.
struct ModelRef {
    const ModelMeta& (*meta)() = nullptr;
    explicit constexpr operator bool() const { return meta != nullptr; }
};
/// Names a model: `.auth_user_model = models::ref<accounts::User>`.
template <class T> inline constexpr ModelRef ref{&detail::loaded_meta<T>};

}  // namespace nuages::db::models

// ModelOps: how the core handles objects of a model without knowing its struct.
#pragma once

#include <nuages/base/ref.hpp>
#include <nuages/db/models/fwd.hpp>

#include <cstddef>
#include <string>

namespace nuages {
struct ObjectType;
}

namespace nuages::db::models {

/// Functions for one model's C++ struct.
struct ModelOps {
    std::size_t size, alignment;
    void (*construct)(const ModelMeta& meta, void* memory);  ///< for a row to be decoded: callable defaults do not run
    void (*copy)(const ModelMeta& meta, void* memory, const void* from);
    void (*destroy)(const ModelMeta& meta, void* object);
    void (*relocate)(void* memory, void* object);  ///< moves to new memory and destroys; null for records
    Ref<ObjectList> (*make_list)(const ModelMeta& meta);  ///< an empty list of such objects
    std::string (*str)(const ModelMeta& meta, const void* object);
    const nuages::ObjectType* object_type = nullptr;  ///< how templates see such objects
    /// The model's own hooks (save, delete_) for run-time code; null: models::save and models::delete_object.
    void (*save)(const ModelMeta& meta, void* object, const SaveOptions& options) = nullptr;
    void (*delete_)(const ModelMeta& meta, void* object) = nullptr;
    /// The model's own clean(): throws ValidationError; null: none.
    void (*clean)(const ModelMeta& meta, void* object) = nullptr;
};

}  // namespace nuages::db::models

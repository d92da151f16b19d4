// Memory for objects whose type only their ModelOps know. Models seldom want more alignment than operator new gives anyway,
// and to ask for it by name takes malloc's slow path.
#pragma once

#include <cstddef>
#include <new>

namespace nuages::db::models::detail {

inline void* allocate_objects(std::size_t size, std::size_t alignment) {
    if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) [[likely]]
        return ::operator new(size);
    return ::operator new(size, std::align_val_t(alignment));
}

inline void free_objects(void* memory, std::size_t alignment) noexcept {
    if (alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) [[likely]]
        ::operator delete(memory);
    else
        ::operator delete(memory, std::align_val_t(alignment));
}

}  // namespace nuages::db::models::detail

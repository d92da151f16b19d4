// Pages that connections read into. They come from mappings of their own: one that was never written to, or was
// forgotten, takes no memory, wherever the allocator's other blocks lie.
#pragma once

#include <cstddef>
#include <vector>

namespace nuages::server::detail {

/// Of one thread.
class PagePool {
public:
    static constexpr std::size_t kPageSize = 4096;

    PagePool() = default;
    ~PagePool();
    PagePool(const PagePool&) = delete;
    PagePool& operator=(const PagePool&) = delete;

    /// Throws std::bad_alloc.
    char* take();
    void give_back(char* page) noexcept;
    /// The page stays the caller's, its contents and its memory go.
    static void forget(char* page) noexcept;

private:
    std::vector<char*> mappings_;
    // Both have room for every page: give_back() never allocates.
    std::vector<char*> warm_;  // hold memory; few
    std::vector<char*> cold_;
};

}  // namespace nuages::server::detail

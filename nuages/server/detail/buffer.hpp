// A growing block of bytes that is never zeroed: what a connection reads into. Small ones are pages of the worker's
// pool, so that an idle connection can give its memory back to the system and keep its place.
#pragma once

#include <nuages/server/detail/page_pool.hpp>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

namespace nuages::server::detail {

class Buffer {
public:
    /// One page of POOL, which must outlive this.
    explicit Buffer(PagePool& pool) : pool_(pool), capacity_(PagePool::kPageSize), data_(pool.take()) {}
    ~Buffer() { release(); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    char* data() noexcept { return data_; }
    std::size_t capacity() const noexcept { return capacity_; }

    /// Keeps the contents as far as they fit; may move them. kPageSize goes back to a page of the pool.
    void resize(std::size_t capacity) {
        if (capacity == capacity_) return;
        char* moved;
        if (capacity == PagePool::kPageSize) {
            moved = pool_.take();
            std::memcpy(moved, data_, capacity < capacity_ ? capacity : capacity_);
            release();
        } else if (is_page()) {
            moved = static_cast<char*>(std::malloc(capacity));
            if (!moved) throw std::bad_alloc();
            std::memcpy(moved, data_, capacity < capacity_ ? capacity : capacity_);
            release();
        } else {
            moved = static_cast<char*>(std::realloc(data_, capacity));
            if (!moved) throw std::bad_alloc();
        }
        data_ = moved;
        capacity_ = capacity;
    }
    /// Forgets the contents and lets the system have the memory until the next write.
    void forget() noexcept {
        if (is_page()) PagePool::forget(data_);
    }

private:
    bool is_page() const noexcept { return capacity_ == PagePool::kPageSize; }
    void release() noexcept { is_page() ? pool_.give_back(data_) : std::free(data_); }

    PagePool& pool_;
    std::size_t capacity_;
    char* data_;
};

}  // namespace nuages::server::detail

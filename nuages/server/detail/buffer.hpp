// A growing block of bytes that is never zeroed: what a connection reads into.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace nuages::server::detail {

class Buffer {
public:
    explicit Buffer(std::size_t capacity) : capacity_(capacity), data_(static_cast<char*>(std::malloc(capacity))) {
        if (!data_) throw std::bad_alloc();
    }
    ~Buffer() { std::free(data_); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    char* data() noexcept { return data_; }
    std::size_t capacity() const noexcept { return capacity_; }

    /// Keeps the contents as far as they fit; may move them.
    void resize(std::size_t capacity) {
        void* moved = std::realloc(data_, capacity);
        if (!moved) throw std::bad_alloc();
        data_ = static_cast<char*>(moved);
        capacity_ = capacity;
    }

private:
    std::size_t capacity_;
    char* data_;
};

}  // namespace nuages::server::detail

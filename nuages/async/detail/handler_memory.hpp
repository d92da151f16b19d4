// Memory for one posted handler at a time, so that posting it cannot fail.
#pragma once

#include <cstddef>
#include <new>

namespace nuages::async::detail {

class HandlerMemory {
public:
    HandlerMemory() = default;
    HandlerMemory(const HandlerMemory&) = delete;
    HandlerMemory& operator=(const HandlerMemory&) = delete;

    void* take(std::size_t size) {
        if (taken_ || size > sizeof storage_) return ::operator new(size);
        taken_ = true;
        return storage_;
    }
    void give_back(void* memory) noexcept {
        if (memory == storage_) {
            taken_ = false;
        } else {
            ::operator delete(memory);
        }
    }

private:
    alignas(std::max_align_t) unsigned char storage_[160];
    bool taken_ = false;
};

/// An allocator for boost::asio::bind_allocator.
template <class T> class HandlerAllocator {
public:
    using value_type = T;
    explicit HandlerAllocator(HandlerMemory& memory) noexcept : memory_(&memory) {}
    template <class U> HandlerAllocator(const HandlerAllocator<U>& other) noexcept : memory_(other.memory_) {}
    T* allocate(std::size_t count) { return static_cast<T*>(memory_->take(count * sizeof(T))); }
    void deallocate(T* memory, std::size_t) noexcept { memory_->give_back(memory); }
    template <class U> bool operator==(const HandlerAllocator<U>& other) const noexcept {
        return memory_ == other.memory_;
    }

private:
    template <class U> friend class HandlerAllocator;
    HandlerMemory* memory_;
};

}  // namespace nuages::async::detail

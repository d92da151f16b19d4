// A vector of trivially copyable things whose first N need no allocation: paths, joins and name parts are short.
#pragma once

#include <cstddef>
#include <cstring>
#include <type_traits>

namespace nuages::db::models::detail {

template <class T, std::size_t N> class InlineVector {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
    InlineVector() = default;
    InlineVector(const InlineVector& other) {
        for (const T& item : other) push_back(item);
    }
    InlineVector& operator=(const InlineVector& other) {
        if (this != &other) {
            size_ = 0;
            for (const T& item : other) push_back(item);
        }
        return *this;
    }
    ~InlineVector() {
        if (data_ != inline_data()) ::operator delete(data_);
    }

    void push_back(const T& item) {
        const T copy = item;  // may stand in this vector
        if (size_ == capacity_) grow();
        new (data_ + size_++) T(copy);
    }
    /// COUNT items at FROM, which must not stand in this vector.
    void append(const T* from, std::size_t count) {
        while (capacity_ - size_ < count) grow();
        std::memcpy(static_cast<void*>(data_ + size_), from, count * sizeof(T));
        size_ += count;
    }
    void pop_back() { --size_; }
    void resize_down(std::size_t size) { size_ = size; }
    void clear() { size_ = 0; }
    /// Empty, and without memory of its own.
    void release() {
        if (data_ != inline_data()) ::operator delete(data_);
        data_ = inline_data();
        capacity_ = N;
        size_ = 0;
    }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T& operator[](std::size_t index) { return data_[index]; }
    const T& operator[](std::size_t index) const { return data_[index]; }
    T& back() { return data_[size_ - 1]; }
    const T& back() const { return data_[size_ - 1]; }
    T* begin() { return data_; }
    T* end() { return data_ + size_; }
    const T* begin() const { return data_; }
    const T* end() const { return data_ + size_; }

private:
    T* inline_data() { return reinterpret_cast<T*>(storage_); }
    void grow() {
        const std::size_t capacity = capacity_ * 2;
        T* larger = static_cast<T*>(::operator new(capacity * sizeof(T)));
        std::memcpy(static_cast<void*>(larger), data_, size_ * sizeof(T));
        if (data_ != inline_data()) ::operator delete(data_);
        data_ = larger;
        capacity_ = capacity;
    }

    alignas(T) unsigned char storage_[N * sizeof(T)];
    T* data_ = reinterpret_cast<T*>(storage_);
    std::size_t size_ = 0;
    std::size_t capacity_ = N;
};

}  // namespace nuages::db::models::detail

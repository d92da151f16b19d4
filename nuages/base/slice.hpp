// Slice<T>: elements that stand one behind the other, borrowed. As std::span, whose header (ranges and std::array) costs every file
// with a model 3 % of <string>; each converts to the other.
#pragma once

#include <cstddef>

namespace nuages {

/// Borrowed elements: parameters take it from a vector, an array, a std::span, anything with data() and size().
template <class T> class Slice {
public:
    constexpr Slice() = default;
    constexpr Slice(T* first, std::size_t count) : first_(first), count_(count) {}
    template <std::size_t N> constexpr Slice(T (&array)[N]) : first_(array), count_(N) {}
    /// Elements of T itself, or of T without const: never of a class derived from T.
    template <class Range>
    requires requires(Range& range, decltype(range.data())* place, void (*take)(T* const*)) {
        take(place);
        range.size();
    }
    constexpr Slice(Range&& range) : first_(range.data()), count_(range.size()) {}

    constexpr T* begin() const { return first_; }
    constexpr T* end() const { return first_ + count_; }
    constexpr T* data() const { return first_; }
    constexpr std::size_t size() const { return count_; }
    constexpr bool empty() const { return count_ == 0; }
    constexpr T& operator[](std::size_t index) const { return first_[index]; }

private:
    T* first_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace nuages

// RowIterator: what a loop over a queryset holds. It keeps the list that it walks through, so the queryset may forget its
// rows (update(), delete_()), fetch new ones, be assigned to or die inside the loop: the loop goes on over the old ones.
#pragma once

#include <nuages/base/ref.hpp>

#include <compare>
#include <cstddef>
#include <string>  // and the tags of iterators: <iterator> brings streams
#include <utility>

namespace nuages::db::models {

/// A random access iterator over the rows `T` of a `List` that is counted by Ref.
template <class T, class List> class RowIterator {
public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = std::remove_const_t<T>;
    using difference_type = std::ptrdiff_t;
    using pointer = T*;
    using reference = T&;

    RowIterator() = default;
    /// At `row` of the rows that end at `end`.
    RowIterator(Ref<List> list, T* row, T* end) : list_(std::move(list)), row_(row), end_(end) {}

    T& operator*() const { return *row_; }
    T* operator->() const { return row_; }
    T& operator[](difference_type n) const { return row_[n]; }

    RowIterator& operator+=(difference_type n) {
        row_ += n;
        return *this;
    }
    RowIterator& operator-=(difference_type n) { return *this += -n; }
    RowIterator& operator++() { return *this += 1; }
    RowIterator& operator--() { return *this -= 1; }
    RowIterator operator++(int) {
        RowIterator before = *this;
        ++row_;
        return before;
    }
    RowIterator operator--(int) {
        RowIterator before = *this;
        --row_;
        return before;
    }
    friend RowIterator operator+(RowIterator at, difference_type n) { return at += n; }
    friend RowIterator operator+(difference_type n, RowIterator at) { return at += n; }
    friend RowIterator operator-(RowIterator at, difference_type n) { return at -= n; }
    friend difference_type operator-(const RowIterator& a, const RowIterator& b) { return a.row_ - b.row_; }

    /// At the same row, or both behind the last one, be it of different fetches: `it != rows.end()` ends a loop also when
    /// `rows` was fetched anew inside it.
    friend bool operator==(const RowIterator& a, const RowIterator& b) {
        return a.row_ == b.row_ || (a.row_ == a.end_ && b.row_ == b.end_);
    }
    friend auto operator<=>(const RowIterator& a, const RowIterator& b) { return a.row_ <=> b.row_; }

private:
    Ref<List> list_;
    T* row_ = nullptr;
    T* end_ = nullptr;
};

}  // namespace nuages::db::models

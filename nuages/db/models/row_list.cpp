#include <nuages/db/models/detail/object_memory.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/row_list.hpp>

#include <utility>

namespace nuages::db::models {

void* RowList::place(std::size_t index) const { return static_cast<char*>(data_) + index * ops_.size; }

void* RowList::at(std::size_t index) { return place(index); }

namespace {
// Most lists have one row, or many.
std::size_t more_than(std::size_t capacity) { return capacity == 0 ? 1 : capacity == 1 ? 16 : capacity * 2; }
}  // namespace

void RowList::reserve(std::size_t count) {
    if (count <= capacity_) return;
    void* larger = detail::allocate_objects(count * ops_.size, ops_.alignment);
    for (std::size_t i = 0; i < count_; ++i) ops_.relocate(static_cast<char*>(larger) + i * ops_.size, place(i));
    detail::free_objects(data_, ops_.alignment);
    data_ = larger;
    capacity_ = count;
}

void* RowList::append() {
    if (count_ == capacity_) reserve(more_than(capacity_));
    void* row = place(count_);
    ops_.construct(meta_, row);
    ++count_;
    return row;
}

void RowList::append_copy(const void* object) {
    if (count_ == capacity_) reserve(more_than(capacity_));
    ops_.copy(meta_, place(count_), object);
    ++count_;
}

void RowList::fill(const Query& query, ExtraColumns columns) {
    RowList fetched(meta_, ops_);  // of this fiber alone until it is whole
    query.fetch(fetched, columns);
    if (complete) return;
    std::swap(data_, fetched.data_);
    std::swap(count_, fetched.count_);
    std::swap(capacity_, fetched.capacity_);
    complete = true;
}

void RowList::clear() {
    for (std::size_t i = 0; i < count_; ++i) ops_.destroy(meta_, place(i));
    detail::free_objects(data_, ops_.alignment);
}

}  // namespace nuages::db::models

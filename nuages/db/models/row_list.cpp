#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/row_list.hpp>

#include <new>
#include <utility>

namespace nuages::db::models {

void* RowList::place(std::size_t index) const { return static_cast<char*>(data_) + index * ops_.size; }

void* RowList::at(std::size_t index) { return place(index); }

void RowList::reserve(std::size_t count) {
    if (count <= capacity_) return;
    void* larger = ::operator new(count * ops_.size, std::align_val_t(ops_.alignment));
    for (std::size_t i = 0; i < count_; ++i) ops_.relocate(static_cast<char*>(larger) + i * ops_.size, place(i));
    ::operator delete(data_, std::align_val_t(ops_.alignment));
    data_ = larger;
    capacity_ = count;
}

void* RowList::append() {
    if (count_ == capacity_) reserve(capacity_ ? capacity_ * 2 : 1);
    void* row = place(count_);
    ops_.construct(meta_, row);
    ++count_;
    return row;
}

void RowList::append_copy(const void* object) {
    if (count_ == capacity_) reserve(capacity_ ? capacity_ * 2 : 1);
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
    ::operator delete(data_, std::align_val_t(ops_.alignment));
}

}  // namespace nuages::db::models

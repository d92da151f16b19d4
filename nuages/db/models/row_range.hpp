// RowRange: rows that no queryset keeps, those of raw() and iterator(). They live as long as the range or an iterator of it.
#pragma once

#include <nuages/db/models/row_iterator.hpp>
#include <nuages/db/models/row_list.hpp>

#include <cstddef>
#include <vector>

namespace nuages::db::models {

template <class Row> class RowRange {
public:
    using value_type = Row;

    explicit RowRange(Ref<RowList> rows) : rows_(std::move(rows)) {}

    auto begin() const { return RowIterator<Row, RowList>(rows_, data(), data() + size()); }
    auto end() const { return RowIterator<Row, RowList>(rows_, data() + size(), data() + size()); }
    Row& operator[](std::size_t index) const { return data()[index]; }
    std::size_t size() const { return rows_->size(); }
    bool empty() const { return size() == 0; }
    std::vector<Row> list() const { return std::vector<Row>(data(), data() + size()); }

private:
    Row* data() const { return static_cast<Row*>(rows_->data()); }
    Ref<RowList> rows_;
};

/// The rows of iterator(): prefetch_related() is done for a chunk of them when the loop gets there.
template <class Row, class Rows> class ChunkedRows {
public:
    using value_type = Row;
    struct End {};
    class Iterator {
    public:
        Iterator(const ChunkedRows& range) : range_(range) { arrive(); }
        Row& operator*() const { return static_cast<Row*>(range_.rows_->data())[at_]; }
        Row* operator->() const { return &**this; }
        Iterator& operator++() {
            ++at_;
            arrive();
            return *this;
        }
        friend bool operator==(const Iterator& at, End) { return at.done(); }

    private:
        bool done() const { return at_ >= range_.rows_->size(); }
        void arrive() {
            if (at_ < range_.rows_->size() && at_ % range_.chunk_ == 0)
                range_.query_.prefetch_chunk(*range_.rows_, at_, range_.chunk_);
        }
        const ChunkedRows& range_;
        std::size_t at_ = 0;
    };

    ChunkedRows(Rows query, Ref<RowList> rows, std::size_t chunk)
        : query_(std::move(query)), rows_(std::move(rows)), chunk_(chunk) {}
    Iterator begin() const { return Iterator(*this); }
    End end() const { return {}; }

private:
    Rows query_;
    Ref<RowList> rows_;
    std::size_t chunk_;
};

}  // namespace nuages::db::models

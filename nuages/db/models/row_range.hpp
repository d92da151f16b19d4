// RowRange: rows that no queryset keeps, those of raw() and iterator(). They live as long as the range or an iterator of it.
#pragma once

#include <nuages/db/models/row_iterator.hpp>
#include <nuages/db/models/row_list.hpp>
#include <nuages/db/models/row_stream.hpp>

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

/// The rows of iterator(), a chunk at a time: each loop over them asks the database anew, and a row is gone when the loop
/// gets to the next chunk. prefetch_related() is done for each chunk.
template <class Row, class Rows> class ChunkedRows {
public:
    using value_type = Row;
    struct End {};
    class Iterator {
    public:
        explicit Iterator(const ChunkedRows& range) : query_(range.query_), chunk_(range.chunk_), stream_(query_.streamed(chunk_)) {
            arrive();
        }
        Iterator(const Iterator&) = delete;
        Iterator& operator=(const Iterator&) = delete;

        Row& operator*() const { return static_cast<Row*>(rows_->data())[at_]; }
        Row* operator->() const { return &**this; }
        Iterator& operator++() {
            ++at_;
            arrive();
            return *this;
        }
        friend bool operator==(const Iterator& at, End) { return !at.rows_; }

    private:
        void arrive() {
            if (!rows_ || at_ == rows_->size()) {
                rows_ = {};  // before the next ones come
                rows_ = stream_->next();
                at_ = 0;
            }
            if (rows_ && at_ % chunk_ == 0) query_.prefetch_chunk(*rows_, at_, chunk_);
        }
        Rows query_;
        std::size_t chunk_;
        Ref<RowStream> stream_;
        Ref<RowList> rows_;
        std::size_t at_ = 0;
    };

    ChunkedRows(Rows query, std::size_t chunk) : query_(std::move(query)), chunk_(chunk) {}
    Iterator begin() const { return Iterator(*this); }
    End end() const { return {}; }

private:
    Rows query_;
    std::size_t chunk_;
};

}  // namespace nuages::db::models

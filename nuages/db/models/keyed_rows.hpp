// KeyedRows: what in_bulk() gives, rows that are found by their primary key.
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/db/models/errors.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace nuages::db::models {

template <class Row> class KeyedRows {
public:
    using key_type = decltype(std::declval<const Row&>().pk());
    using value_type = Row;

    explicit KeyedRows(std::vector<Row> rows) : rows_(std::move(rows)) {}

    /// The row, or null.
    const Row* find(const key_type& key) const {
        for (const Row& row : rows_) {
            if (row.pk() == key) return &row;
        }
        return nullptr;
    }
    bool contains(const key_type& key) const { return find(key) != nullptr; }
    /// The row; ValueError where there is none.
    const Row& operator[](const key_type& key) const {
        if (const Row* row = find(key)) return *row;
        throw ValueError("in_bulk() found no row with this key.");
    }
    std::size_t size() const { return rows_.size(); }
    auto begin() const { return rows_.begin(); }
    auto end() const { return rows_.end(); }

private:
    std::vector<Row> rows_;
};

}  // namespace nuages::db::models

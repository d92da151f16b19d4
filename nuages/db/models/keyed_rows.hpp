// KeyedRows: what in_bulk() gives, rows that are found by their primary key or by a unique field.
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/base/function.hpp>
#include <nuages/db/models/errors.hpp>

#include <nuages/utils/reflection.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace nuages::db::models {

namespace detail {
/// 0 to `count` - 1, sorted. No std::vector of a type that no other header makes.
class Positions {
public:
    Positions(std::size_t count, FunctionRef<bool(std::size_t, std::size_t)> less);
    std::size_t size() const { return size_; }
    std::size_t operator[](std::size_t rank) const { return first_[rank]; }

private:
    Ref<const RefCounted> owner_;
    const std::size_t* first_ = nullptr;
    std::size_t size_ = 0;
};

/// What rows are found by: the primary key, or the value of a unique field.
struct ByKey {
    static auto of(const auto& row) { return row.pk(); }
};
template <class M, int At> struct ByField {
    static auto of(const M& row) {
        const auto& field = utils::get_member<static_cast<std::size_t>(At < 0 ? 0 : At)>(row);  // -1: the check says so
        if constexpr (requires { field.pk(); })
            return field.pk();
        else
            return typename std::remove_cvref_t<decltype(field)>::value_type(field);
    }
};
}  // namespace detail

template <class Row, class By = detail::ByKey> class KeyedRows {
public:
    using key_type = decltype(By::of(std::declval<const Row&>()));
    using value_type = Row;

    explicit KeyedRows(std::vector<Row> rows)
        : rows_(std::move(rows)),
          index_(rows_.size(), [this](std::size_t a, std::size_t b) { return key(a) < key(b); }) {}

    /// The row, or null.
    const Row* find(const key_type& key) const {
        std::size_t low = 0, high = index_.size();
        while (low < high) {
            const std::size_t middle = (low + high) / 2;
            if (this->key(index_[middle]) < key)
                low = middle + 1;
            else
                high = middle;
        }
        return low < index_.size() && this->key(index_[low]) == key ? &rows_[index_[low]] : nullptr;
    }
    bool contains(const key_type& key) const { return find(key) != nullptr; }
    /// The row; ValueError where there is none.
    const Row& operator[](const key_type& key) const {
        if (const Row* row = find(key)) return *row;
        throw ValueError("in_bulk() found no row with this key.");
    }
    const Row& at(const key_type& key) const { return (*this)[key]; }
    std::size_t size() const { return rows_.size(); }
    bool empty() const { return rows_.empty(); }
    auto begin() const { return rows_.begin(); }
    auto end() const { return rows_.end(); }

private:
    key_type key(std::size_t position) const { return By::of(rows_[position]); }
    std::vector<Row> rows_;           // in the order of the query
    detail::Positions index_;         // by key
};

}  // namespace nuages::db::models

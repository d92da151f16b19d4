// RowList: fetched rows, one after the other in memory, of whatever C++ type: a model, or a model with annotations.
//
// The functions of the element come from a table (ModelOps), so a queryset of another model brings no code of its own.
#pragma once

#include <nuages/db/models/instance.hpp>
#include <nuages/db/models/model_ops.hpp>
#include <nuages/db/models/query.hpp>

#include <cstddef>
#include <utility>

namespace nuages::db::models {

class RowList final : public ObjectList {
public:
    /// Rows of the model `meta`, whose C++ type `ops` describe: the model's own, or those of a Row with annotations.
    RowList(const ModelMeta& meta, const ModelOps& ops) : meta_(meta), ops_(ops) {}
    ~RowList() override { clear(); }

    bool complete = false;  ///< the rows of a queryset: all are here

    void* append() override;
    void append_copy(const void* object) override;
    std::size_t size() const override { return count_; }
    void* at(std::size_t index) override;
    void reserve(std::size_t count) override;
    /// The first row.
    void* data() const { return data_; }

    /// Fetches the rows, unless another fiber that shares this list has done so by then: its rows are in use.
    void fill(const Query& query, ExtraColumns columns);

private:
    void* place(std::size_t index) const;
    void clear();

    const ModelMeta& meta_;
    const ModelOps& ops_;
    void* data_ = nullptr;
    std::size_t count_ = 0, capacity_ = 0;
};

}  // namespace nuages::db::models

// Index classes (django.contrib.postgres.indexes): the `method` of an index in Meta.
//
//     .indexes = {{.fields = {"tags"}, .name = "post_tags_gin", .method = postgres::GinIndex({.fastupdate = false})}}
//
// Operator classes stand in the index's own `opclasses`. A bloom index needs CREATE EXTENSION bloom.
#pragma once

#include <nuages/db/models/index_method.hpp>

#include <optional>
#include <vector>

namespace nuages::postgres {

struct GinOptions {
    std::optional<bool> fastupdate = {};
    std::optional<int> gin_pending_list_limit = {};  ///< in kB
};
struct GistOptions {
    std::optional<bool> buffering = {};
    std::optional<int> fillfactor = {};
};
struct BrinOptions {
    std::optional<bool> autosummarize = {};
    std::optional<int> pages_per_range = {};
};
struct FillOptions {
    std::optional<int> fillfactor = {};
};
struct BTreeOptions {
    std::optional<int> fillfactor = {};
    std::optional<bool> deduplicate_items = {};
};
struct BloomOptions {
    std::optional<int> length = {};   ///< bits of a signature
    std::vector<int> columns = {};    ///< bits of each column, up to 32
};

db::models::IndexMethod GinIndex(const GinOptions& options = {});
db::models::IndexMethod GistIndex(const GistOptions& options = {});
/// ValueError for pages_per_range that is not positive.
db::models::IndexMethod BrinIndex(const BrinOptions& options = {});
db::models::IndexMethod HashIndex(const FillOptions& options = {});
db::models::IndexMethod SpGistIndex(const FillOptions& options = {});
db::models::IndexMethod BTreeIndex(const BTreeOptions& options = {});
/// ValueError for more than 32 columns or bits out of range.
db::models::IndexMethod BloomIndex(const BloomOptions& options = {});

}  // namespace nuages::postgres

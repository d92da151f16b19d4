#include <nuages/contrib/postgres/indexes.hpp>
#include <nuages/db/models/errors.hpp>

#include <string>
#include <string_view>

namespace nuages::postgres {

namespace {

using db::models::IndexMethod;
using db::models::ValueError;

void put(IndexMethod& method, std::string name, std::string value) {
    method.with.push_back(std::move(name));
    method.with.push_back(std::move(value));
}
void add(IndexMethod& method, const char* name, const std::optional<bool>& value) {
    if (value) put(method, name, *value ? "on" : "off");
}
void add(IndexMethod& method, const char* name, const std::optional<int>& value) {
    if (value) put(method, name, std::to_string(*value));
}
IndexMethod named(std::string_view name) { return {.name = std::string(name), .suffix = std::string(name)}; }

}  // namespace

IndexMethod GinIndex(const GinOptions& options) {
    IndexMethod method = named("gin");
    add(method, "gin_pending_list_limit", options.gin_pending_list_limit);
    add(method, "fastupdate", options.fastupdate);
    return method;
}

IndexMethod GistIndex(const GistOptions& options) {
    IndexMethod method = named("gist");
    add(method, "buffering", options.buffering);
    add(method, "fillfactor", options.fillfactor);
    return method;
}

IndexMethod BrinIndex(const BrinOptions& options) {
    if (options.pages_per_range && *options.pages_per_range <= 0) throw ValueError("pages_per_range must be None or a positive integer");
    IndexMethod method = named("brin");
    add(method, "autosummarize", options.autosummarize);
    add(method, "pages_per_range", options.pages_per_range);
    return method;
}

IndexMethod HashIndex(const FillOptions& options) {
    IndexMethod method = named("hash");
    add(method, "fillfactor", options.fillfactor);
    return method;
}

IndexMethod SpGistIndex(const FillOptions& options) {
    IndexMethod method = named("spgist");
    add(method, "fillfactor", options.fillfactor);
    return method;
}

IndexMethod BTreeIndex(const BTreeOptions& options) {
    IndexMethod method = named("btree");
    add(method, "fillfactor", options.fillfactor);
    add(method, "deduplicate_items", options.deduplicate_items);
    return method;
}

IndexMethod BloomIndex(const BloomOptions& options) {
    if (options.columns.size() > 32) throw ValueError("Bloom indexes support a maximum of 32 columns.");
    if (options.length && (*options.length <= 0 || *options.length > 4096))
        throw ValueError("BloomIndex.length must be None or an integer between 1 and 4096.");
    IndexMethod method = named("bloom");
    add(method, "length", options.length);
    for (std::size_t i = 0; i < options.columns.size(); ++i) {
        const int bits = options.columns[i];
        if (bits <= 0 || bits > 4095) throw ValueError("BloomIndex.columns must contain integers from 1 to 4095.");
        put(method, "col" + std::to_string(i + 1), std::to_string(bits));
    }
    return method;
}

}  // namespace nuages::postgres

#include <nuages/db/backends/postgresql/detail/protocol.hpp>
#include <nuages/db/backends/postgresql/detail/statements.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace nuages::db::postgresql::detail {

namespace {

std::uint64_t hash_of(std::string_view sql) noexcept {
    constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15;
    std::uint64_t hash = sql.size() * kMultiplier;
    const char* at = sql.data();
    std::size_t left = sql.size();
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t word;
        std::memcpy(&word, at, 8);
        hash = (hash ^ word) * kMultiplier;
        hash ^= hash >> 32;
    }
    std::uint64_t word = 0;
    if (left) std::memcpy(&word, at, left);
    hash = (hash ^ word) * kMultiplier;
    return hash ^ (hash >> 29);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool starts_with_word(std::string_view sql, std::string_view word) {
    return sql.size() > word.size() &&
           std::equal(word.begin(), word.end(), sql.begin(), [](char a, char b) { return a == lower(b); });
}

bool contains_word(std::string_view sql, std::string_view word) {
    return std::search(sql.begin(), sql.end(), word.begin(), word.end(),
                       [](char a, char b) { return lower(a) == b; }) != sql.end();
}

/// True for a SELECT that may stand in a queue with those of other fibers: it takes no locks and changes nothing, as
/// far as its text says. What is held here by mistake only runs on a connection of its own.
bool only_reads(std::string_view sql) {
    if (!starts_with_word(sql, "select")) return false;
    for (const std::string_view word : {" for ", " into ", "pg_", "nextval", "setval", "set_config", "dblink", "lo_", "txid"}) {
        if (contains_word(sql, word)) return false;
    }
    return true;
}

}  // namespace

Ref<Description> Descriptions::find(std::string_view sql, std::span<const Param> params) {
    if (sql.size() > kLongest) {  // an INSERT of many rows: another number of them is another text
        Ref<Description> once = make_ref<Description>();
        once->sql = sql;
        once->once = true;
        append_signature(once->signature, params);
        return once;
    }
    const std::uint64_t hash = hash_of(sql);
    auto& bucket = by_hash_[hash];
    for (const Ref<Description>& description : bucket) {
        if (description->sql == sql && fits(description->signature, params)) return description;
    }
    if (size_ >= kMost) {
        by_hash_.clear();
        size_ = 0;
    }
    Ref<Description> made = make_ref<Description>();
    made->sql = sql;
    append_signature(made->signature, params);
    made->hash = hash;
    made->reads_only = only_reads(sql);
    by_hash_[hash].push_back(made);
    ++size_;
    return made;
}

const Description* Descriptions::known(std::string_view sql) const {
    const auto bucket = by_hash_.find(hash_of(sql));
    if (bucket == by_hash_.end()) return nullptr;
    for (const Ref<Description>& description : bucket->second) {
        if (description->sql == sql) return description.get();
    }
    return nullptr;
}

void Descriptions::forget(const Description& description) {
    const auto bucket = by_hash_.find(description.hash);
    if (bucket == by_hash_.end()) return;
    size_ -= std::erase_if(bucket->second, [&](const Ref<Description>& each) { return each.get() == &description; });
}

Prepared& StatementCache::get(const Ref<Description>& description, std::string& evicted) {
    Prepared*& place = by_description_[description.get()];
    if (place) {
        if (place != newest_) {
            unlink(*place);
            link_newest(*place);
        }
        return *place;
    }
    auto* made = new Prepared;
    place = made;
    made->description = description;
    made->number = ++last_number_;
    if (!description->once) made->name = "nuages_" + std::to_string(made->number);
    link_newest(*made);
    if (by_description_.size() > kCapacity) {
        if (oldest_->sent && !oldest_->name.empty()) evicted = oldest_->name;
        drop(*oldest_);
    }
    return *made;
}

void StatementCache::drop(Prepared& statement) {
    by_description_.erase(statement.description.get());
    unlink(statement);
    delete &statement;
}

void StatementCache::clear() {
    for (Prepared* at = newest_; at;) delete std::exchange(at, at->older);
    newest_ = oldest_ = nullptr;
    by_description_.clear();
}

void StatementCache::unlink(Prepared& statement) {
    (statement.newer ? statement.newer->older : newest_) = statement.older;
    (statement.older ? statement.older->newer : oldest_) = statement.newer;
    statement.newer = statement.older = nullptr;
}

void StatementCache::link_newest(Prepared& statement) {
    statement.older = newest_;
    (newest_ ? newest_->newer : oldest_) = &statement;
    newest_ = &statement;
}

}  // namespace nuages::db::postgresql::detail

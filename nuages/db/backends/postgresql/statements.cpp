#include <nuages/db/backends/postgresql/detail/protocol.hpp>
#include <nuages/db/backends/postgresql/detail/statements.hpp>
#include <nuages/db/detail/hash_sql.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace nuages::db::postgresql::detail {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool starts_with_word(std::string_view sql, std::string_view word) {
    return sql.size() > word.size() &&
           std::equal(word.begin(), word.end(), sql.begin(), [](char a, char b) { return a == lower(b); });
}

bool contains_word(std::string_view sql, std::string_view word) {
    return std::search(sql.begin(), sql.end(), word.begin(), word.end(),
                       [](char a, char b) { return lower(a) == b; }) != sql.end();
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '"' || c == '$' || (c & 0x80); }

/// True when every "word (" of SQL is a keyword or one of the server's own functions that change nothing. A function of
/// the site may write: what it wrote would be gone with an error of another statement under the same Sync.
bool calls_pure_functions_only(std::string_view sql) {
    constexpr std::string_view kPure[] = {
        // keywords that a bracket may follow
        "all", "and", "any", "as", "by", "case", "distinct", "else", "except", "exists", "filter", "from", "group", "having", "in",
        "intersect", "is", "join", "like", "limit", "not", "offset", "on", "or", "over", "select", "some", "then", "union", "using",
        "values", "when", "where", "within",
        // functions
        "abs", "array_agg", "avg", "bool_and", "bool_or", "cast", "ceil", "ceiling", "coalesce", "concat", "concat_ws", "count",
        "date_trunc", "dense_rank", "extract", "first_value", "floor", "greatest", "jsonb_agg", "lag", "last_value", "lead", "least",
        "left", "length", "lower", "lpad", "ltrim", "max", "md5", "min", "mod", "ntile", "nullif", "numeric", "position", "power",
        "rank", "repeat", "replace", "reverse", "right", "round", "row_number", "rpad", "rtrim", "sqrt", "string_agg", "strpos",
        "substring", "sum", "to_char", "trim", "trunc", "upper", "varchar"};
    for (std::size_t bracket = sql.find('('); bracket != sql.npos; bracket = sql.find('(', bracket + 1)) {
        std::size_t end = bracket;
        while (end > 0 && (sql[end - 1] == ' ' || sql[end - 1] == '\n' || sql[end - 1] == '\t')) --end;
        std::size_t begin = end;
        while (begin > 0 && is_word(lower(sql[begin - 1]))) --begin;
        if (begin == end) continue;  // behind an operator, a comma or another bracket
        const std::string_view word = sql.substr(begin, end - begin);
        const bool is_known = std::any_of(std::begin(kPure), std::end(kPure), [&](std::string_view pure) {
            return word.size() == pure.size() && std::equal(pure.begin(), pure.end(), word.begin(), [](char a, char b) { return a == lower(b); });
        });
        if (!is_known) return false;
    }
    return true;
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
    if (last_ && last_->sql == sql && fits(last_->signature, params)) return last_;
    const std::uint64_t hash = db::detail::hash_sql(sql);
    auto& bucket = by_hash_[hash];
    for (const Ref<Description>& description : bucket) {
        if (description->sql == sql && fits(description->signature, params)) return last_ = description;
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
    made->may_share_sync = made->reads_only && calls_pure_functions_only(sql);
    by_hash_[hash].push_back(made);
    ++size_;
    return made;
}

const Description* Descriptions::known(std::string_view sql) const {
    if (last_ && last_->sql == sql) return last_.get();
    const auto bucket = by_hash_.find(db::detail::hash_sql(sql));
    if (bucket == by_hash_.end()) return nullptr;
    for (const Ref<Description>& description : bucket->second) {
        if (description->sql == sql) return description.get();
    }
    return nullptr;
}

void Descriptions::forget(const Description& description) {
    if (last_.get() == &description) last_ = nullptr;
    const auto bucket = by_hash_.find(description.hash);
    if (bucket == by_hash_.end()) return;
    size_ -= std::erase_if(bucket->second, [&](const Ref<Description>& each) { return each.get() == &description; });
}

Prepared& StatementCache::get(const Ref<Description>& description, std::string& evicted) {
    if (newest_ && newest_->description == description) return *newest_;
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

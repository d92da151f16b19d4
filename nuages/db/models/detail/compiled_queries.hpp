// The SQL of queries that differ in their values only: compiled once per thread, and bound anew.
//
// A query's shape is what its steps say without the values: names, operators, the kinds of the values, slices. Only
// shapes whose every value becomes one parameter as it is are kept (`id = ?`, not `title LIKE ?` or `id IN (...)`): so a
// kept text is exactly what compiling would give. Everything else is compiled each time.
#pragma once

#include <nuages/db/cell.hpp>
#include <nuages/db/models/detail/inline_vector.hpp>
#include <nuages/db/models/query.hpp>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace nuages::db::models {

class Select;
class SqlWriter;

/// How many rows a get() asks for: enough to say "more than 20".
inline constexpr std::int64_t kGetRowsMax = 21;

/// What a thread knows of one query's shape. Short-lived: made, asked, and at most once filled.
class CompiledQuery {
public:
    /// Looks the shape of `query` up; `known()` says whether its SQL is there.
    CompiledQuery(const Query& query, const Connection& connection);
    /// The same for the get() of `query` with these conditions more, without making that query. To be asked only, not filled.
    CompiledQuery(const Query& query, std::initializer_list<const QNode*> conditions, const Connection& connection);
    ~CompiledQuery();
    CompiledQuery(const CompiledQuery&) = delete;

    bool known() const { return known_; }
    FetchMode mode() const { return mode_; }

    /// Keeps what compiling gave, if the shape is one that can be kept.
    void keep(const Select& select, const SqlWriter& statement);

private:
    void begin(const Query& query, const Connection& connection);
    void look_up();
    bool describe(const Query& query, bool may_be_sliced = true);
    bool describe(const QNode& node);
    void add_name(std::string_view name);
    bool bind();

    struct Text;
    struct Entry;
    struct Shapes;
    static Shapes& shapes();

    void add(char part) { key_.push_back(part); }
    void add_slice(std::int64_t offset, std::int64_t limit);
    std::string_view key() const { return {key_.begin(), key_.size()}; }

    friend class KnownQuery;
    detail::InlineVector<char, 256> key_;
    detail::InlineVector<const Literal*, 8> values_;
    detail::InlineVector<Param, 8> params_;
    Entry* entry_ = nullptr;
    Ref<const Text> text_;  // other fibers may forget the entry while this one waits for its rows
    FetchMode mode_ = FetchMode::peers;
    bool plain_ = false, known_ = false;
};

/// The SQL that a thread knows for a query, bound to its values. It stays on the stack of a fiber that waits for the rows, and
/// many wait at once: so it is small, and what looked it up is gone by then.
class KnownQuery {
public:
    explicit KnownQuery(const Query& query, const Connection& connection);
    KnownQuery(const Query& query, std::initializer_list<const QNode*> conditions, const Connection& connection);
    ~KnownQuery();
    KnownQuery(const KnownQuery&) = delete;

    explicit operator bool() const { return static_cast<bool>(text_); }
    const std::string& sql() const;
    std::span<const Param> params() const { return {params_.begin(), params_.size()}; }
    FetchMode mode() const { return mode_; }
    /// How its rows are read, for who fetches them: made once, kept with the SQL.
    Ref<RefCounted>& decoder() const;

private:
    void take(CompiledQuery& compiled);

    Ref<const CompiledQuery::Text> text_;
    detail::InlineVector<Param, 2> params_;
    FetchMode mode_ = FetchMode::peers;
};

/// Models changed: what was compiled before may not hold any more.
void forget_compiled_queries() noexcept;
/// A number that grows when models change; other caches of statements compare it, too.
std::uint64_t compiled_generation() noexcept;

}  // namespace nuages::db::models

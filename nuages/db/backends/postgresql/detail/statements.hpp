// Prepared statements: what the server said about each (known to all sessions of a thread), and which of them a session
// has prepared; the least recently used one makes room.
#pragma once

#include <nuages/db/backends/postgresql/detail/columns.hpp>
#include <nuages/db/cell.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nuages::db::postgresql::detail {

/// One character per parameter for the type that it is sent as: see params.cpp.
using Signature = std::string;

/// The signature of PARAMS.
void append_signature(Signature& out, std::span<const Param> params);
/// Whether PARAMS can be sent to a statement that was prepared for SIGNATURE: a null fits everywhere.
bool fits(std::string_view signature, std::span<const Param> params);
/// The OIDs of a Parse message, count first.
void put_types(std::string& out, std::string_view signature);
/// The format codes of a Bind message, count first.
void put_formats(std::string& out, std::string_view signature);
/// The values of a Bind message, count first. Throws DataError for dates outside of the years 1 to 9999.
void put_values(std::string& out, std::string_view signature, std::span<const Param> params);

/// What is known of a text with a signature, whichever session runs it. Belongs to one thread.
struct Description : RefCounted {
    std::string sql;
    Signature signature;
    std::uint64_t hash = 0;
    std::vector<Column> columns;
    std::vector<std::string> names;  ///< of the columns
    bool described = false;
    bool once = false;            ///< so long that it is not kept: sent as the unnamed statement
    bool reads_only = false;      ///< a SELECT that locks no rows and calls nothing that is known to act
    bool may_share_sync = false;  ///< reads_only, and calls none but the server's own functions that change nothing
    bool is_fast = false;         ///< its last run was short
    std::string formats;          ///< result formats of Bind, count first
};

/// Descriptions of one thread and database.
class Descriptions : public RefCounted {
public:
    /// The description that fits; made when there is none.
    Ref<Description> find(std::string_view sql, std::span<const Param> params);
    /// Null when the text was never seen.
    const Description* known(std::string_view sql) const;
    void forget(const Description& description);

private:
    static constexpr std::size_t kMost = 4096;
    static constexpr std::size_t kLongest = 16 * 1024;  // bytes of a text that is kept
    std::unordered_map<std::uint64_t, std::vector<Ref<Description>>> by_hash_;
    Ref<Description> last_;  // the one asked for last: often the next one too
    std::size_t size_ = 0;
};

/// A statement of one session.
struct Prepared {
    Ref<Description> description;
    std::uint64_t number = 0;
    std::string name;       ///< empty: the unnamed statement
    std::string bind_head;  ///< from Bind's first byte up to the values; the length is patched
    bool sent = false;      ///< Parse is on its way or done

    Prepared* newer = nullptr;
    Prepared* older = nullptr;
};

/// The statements of one session.
class StatementCache {
public:
    StatementCache() = default;
    ~StatementCache() { clear(); }
    StatementCache(const StatementCache&) = delete;
    StatementCache& operator=(const StatementCache&) = delete;

    /// The session's statement for DESCRIPTION; `evicted` gets the name of one that must be closed, if any.
    Prepared& get(const Ref<Description>& description, std::string& evicted);
    /// The same if there is one, else null.
    const Prepared* find(const Description& description) const {
        if (newest_ && newest_->description.get() == &description) return newest_;
        const auto found = by_description_.find(&description);
        return found == by_description_.end() ? nullptr : found->second;
    }
    void drop(Prepared& statement);
    void clear();
    std::size_t size() const { return by_description_.size(); }

    static constexpr std::size_t kCapacity = 256;

private:
    void unlink(Prepared& statement);
    void link_newest(Prepared& statement);

    std::unordered_map<const Description*, Prepared*> by_description_;
    Prepared* newest_ = nullptr;
    Prepared* oldest_ = nullptr;
    std::uint64_t last_number_ = 0;
};

}  // namespace nuages::db::postgresql::detail

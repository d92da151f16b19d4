// Exchange: what one statement asks for, from its first byte to the end of its answer. Exchanges of a session wait in line
// and each ends by itself: with a Sync of its own, or, for short reads by the same statement, with the Sync behind the
// last of them. After an error the server skips up to the Sync; what it skipped is sent again.
#pragma once

#include <nuages/async/fiber.hpp>
#include <nuages/db/backends/postgresql/detail/protocol.hpp>
#include <nuages/db/backends/postgresql/detail/statements.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace nuages::db::postgresql::detail {

/// Two cache lines: as many wait at once as there are statements under way.
struct alignas(64) Exchange {
    async::Waker waker;
    Ref<Description> description;       ///< null for plain commands
    std::string rows;                   ///< DataRow messages as they came
    std::unique_ptr<std::vector<Column>> columns;  ///< where the server describes others than the description has
    std::unique_ptr<ServerMessage> error;
    std::int64_t rows_changed = 0;
    std::int64_t started = 0;           ///< monotonic microseconds
    std::int64_t ended = 0;
    std::int64_t took = 0;              ///< the server's time as far as it can be told from here
    bool parses : 1 = false;            ///< holds a Parse
    bool parsed : 1 = false;
    bool describes : 1 = false;         ///< asks for nothing but the description
    bool copies : 1 = false;            ///< sends COPY data
    bool copy_ready : 1 = false;        ///< the server takes them
    bool portal_suspended : 1 = false;  ///< there are more rows
    bool empty_query : 1 = false;
    bool syncs : 1 = true;              ///< ends with ReadyForQuery; otherwise others follow under the same Sync
    bool gathered : 1 = false;          ///< was sent under a Sync that others share
    bool skipped : 1 = false;           ///< the server did not look at it, because one before it failed
    bool done : 1 = false;
    bool rolled_back : 1 = false;       ///< its tag says ROLLBACK
    bool lost : 1 = false;              ///< the connection ended first
    bool abandoned : 1 = false;         ///< nobody waits: to be freed when it ends
    Exchange* next = nullptr;

    void reset();
};
static_assert(sizeof(Exchange) == 128);

/// Exchanges in line, and those that wait to be used again.
class ExchangeQueue {
public:
    ExchangeQueue() = default;
    ~ExchangeQueue();
    ExchangeQueue(const ExchangeQueue&) = delete;
    ExchangeQueue& operator=(const ExchangeQueue&) = delete;

    /// A new one at the end of the line.
    Exchange& push();
    Exchange* front() const { return first_; }
    /// Takes the first out of the line; whoever waits for it still has it.
    Exchange* pop();
    /// Done with it.
    void recycle(Exchange* exchange);
    std::size_t size() const { return size_; }

private:
    Exchange* first_ = nullptr;
    Exchange* last_ = nullptr;
    Exchange* spare_ = nullptr;
    std::size_t size_ = 0;
    std::size_t spares_ = 0;
};

}  // namespace nuages::db::postgresql::detail

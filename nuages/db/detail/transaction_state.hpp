// What a tree of fibers knows about its databases: open transactions and the stats that count.
//
// The tree shares one Context, and with it the stats. A block belongs to the fiber that opened it and to those it
// gathers: they share a transaction, siblings of that fiber have their own. Within a transaction the session is used
// statement by statement, in turn; while a savepoint is open its fiber's siblings wait, so that savepoints never
// interleave.
#pragma once

#include <nuages/db/detail/pool.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/db/transaction.hpp>

#include <string_view>
#include <vector>

namespace nuages::db::detail {

/// An open transaction with its nested blocks.
class Transaction {
public:
    /// Leases a session and begins.
    explicit Transaction(Database& database);

    Database& database() const { return *database_; }
    /// Calls SEND with the session, in turn with the other fibers of the block.
    ExecuteResult execute(FunctionRef<ExecuteResult(Session&)> send);
    std::vector<std::string> describe(std::string_view sql) { return lease_.session().describe(sql); }

    void enter_block(const AtomicOptions& options);
    /// Ends this fiber's innermost block. COMMIT false: it failed.
    void leave_block(bool commit);
    bool outermost() const { return blocks_.size() == 1; }
    /// Whether the current fiber, or one that gathered it, began the transaction.
    bool is_this_fibers() const;
    /// Waits until every open savepoint is this fiber's business.
    void wait_for_siblings();

    struct Callback {
        Function<void()> call;
        bool robust;
    };
    void on_commit(Function<void()> callback, bool robust);
    std::vector<Callback> take_callbacks();
    /// Those that were registered behind the first `count`.
    std::vector<Callback> take_callbacks_after(std::size_t count);
    std::size_t callbacks() const { return callbacks_.size(); }

    /// What was done in this fiber's innermost block cannot be committed.
    void doom();

    /// Savepoints without a block.
    int savepoint();
    void savepoint_rollback(int id);
    void savepoint_commit(int id);
    /// The next savepoint is numbered behind those that are open.
    void clean_savepoints();

    bool needs_rollback = false;

private:
    struct Block {
        int savepoint = 0;  // 0: none
        const void* fiber = nullptr;
        std::size_t callbacks = 0;  // how many were registered before the block
        bool dooms_outer = false;   // a sibling without a savepoint failed meanwhile
    };
    /// The session's use for one statement; the fiber that has it already goes on.
    class Turn {
    public:
        explicit Turn(Transaction& transaction);
        ~Turn();

    private:
        Transaction& transaction_;
        bool nested_;
    };
    /// The outermost savepoint that belongs to a sibling; null when there is none.
    Block* siblings_savepoint();
    std::size_t innermost_of_this_fiber() const;
    /// Sends a statement about a savepoint, through the wrappers that there are.
    void send_savepoint(const char* text, int id, FunctionRef<void()> send);
    void end(bool commit);
    void end_savepoint(std::size_t at, bool commit);
    void roll_back_to(int savepoint, bool& done);
    void forget_savepoint(int savepoint);
    void drop_callbacks(std::size_t count);
    void check_alive();

    Database* database_;
    Lease lease_;
    async::Mutex turn_;
    const void* turn_holder_ = nullptr;
    std::vector<Block> blocks_;
    std::vector<async::Waker> siblings_;
    std::vector<Callback> callbacks_;
    struct OpenSavepoint {
        int id;
        std::size_t callbacks;  // how many were registered before it
    };
    std::vector<OpenSavepoint> savepoints_;  // those without a block
    int last_savepoint_ = 0;
};

struct Context {
    std::vector<Transaction*> transactions;
    const ExecuteWrapper* wrappers = nullptr;  // the innermost one
    QueryStats own_stats;
    QueryStats* stats = &own_stats;  // of the innermost scope

    Context() = default;
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    /// The transaction that the current fiber takes part in; null when there is none.
    Transaction* find(const Database& database) const;
};

/// Calls EXECUTE with the statement, or with what the wrappers of this context make of it.
ExecuteResult execute_wrapped(const Connection& connection, std::string_view sql, std::span<const Param> params,
                              FunctionRef<ExecuteResult(std::string_view, std::span<const Param>)> execute);

/// Runs a function given to on_commit.
void run_callback(const Function<void()>& call, bool robust);

/// The context of this tree of fibers; null when it has not touched a database in a way that needs one.
Context* find_context() noexcept;
Context& context();

}  // namespace nuages::db::detail

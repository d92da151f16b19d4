// Transactions: django.db.transaction.
//
//     atomic([&] { from.save(); to.save(); });
//
// An exception of any kind (a cancelled fiber too) rolls the block back and goes on. Blocks nest: an inner one is
// a savepoint. Fibers that `gather` starts inside a block share its session, statement by statement, in turn.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/db/fwd.hpp>

#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace nuages::db {

/// Keyword arguments of `atomic`.
struct AtomicOptions {
    std::string_view using_ = "default";  ///< Alias of the database.
    bool savepoint = true;                ///< False: an inner block has no savepoint, its failure dooms the outer one.
    bool durable = false;                 ///< True: throws RuntimeError inside another block.
};

/// Runs BLOCK in a transaction, or in a savepoint when one is open, and commits when it returns.
void run_atomic(FunctionRef<void()> block, const AtomicOptions& options = {});

/// Runs F in a transaction and returns what it returns; rolls back when it throws.
template <class F> auto atomic(F&& f, const AtomicOptions& options = {}) {
    using R = std::invoke_result_t<F&>;
    if constexpr (std::is_void_v<R>) {
        run_atomic(f, options);
    } else {
        std::optional<R> result;
        run_atomic([&] { result.emplace(f()); }, options);
        return R(std::move(*result));
    }
}

/// Keyword arguments of `on_commit`.
struct OnCommitOptions {
    std::string_view using_ = "default";
    bool robust = false;  ///< True: an exception of the callback is logged and the next callback runs.
};

/// Calls CALLBACK after the outermost block has committed; never when the block it was registered in is rolled back.
/// Outside a transaction it is called at once.
void on_commit(Function<void()> callback, const OnCommitOptions& options = {});

/// Marks the innermost block to be rolled back when it ends, or takes that back.
void set_rollback(bool rollback, std::string_view using_ = "default");
bool get_rollback(std::string_view using_ = "default");

/// Opens a savepoint inside the current block, as Django's functions of these names; outside of a block nothing
/// happens and the id is 0. Going back to one drops the on_commit callbacks that were registered since.
int savepoint(std::string_view using_ = "default");
void savepoint_rollback(int id, std::string_view using_ = "default");
void savepoint_commit(int id, std::string_view using_ = "default");
/// Counts savepoints anew, behind those that are open: their names stay short in a long transaction.
void clean_savepoints(std::string_view using_ = "default");

/// Whether each statement is committed by itself: outside of blocks.
bool get_autocommit(std::string_view using_ = "default");

/// Runs STATEMENTS; when they throw inside a block, the innermost one can only be rolled back from then on, as after a
/// failed save() in Django (transaction.mark_for_rollback_on_error).
void mark_for_rollback_on_error(FunctionRef<void()> statements, std::string_view using_ = "default");

/// Outside of a block every statement is committed already, so these do nothing; inside of one they throw
/// TransactionManagementError.
void commit(std::string_view using_ = "default");
void rollback(std::string_view using_ = "default");

/// A block without a function, for fixtures: begins now, ends with `rollback` or `commit` on the same fiber.
class ManualAtomic {
public:
    explicit ManualAtomic(const AtomicOptions& options = {});
    /// Rolls back if the block is still open.
    ~ManualAtomic();
    ManualAtomic(const ManualAtomic&) = delete;
    ManualAtomic& operator=(const ManualAtomic&) = delete;

    void commit();
    void rollback();

private:
    Database* database_;
    bool open_ = true;
};

}  // namespace nuages::db

namespace nuages {
using db::atomic;
using db::on_commit;
}  // namespace nuages

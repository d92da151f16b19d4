#include <nuages/async/fiber_local.hpp>
#include <nuages/base/log.hpp>
#include <nuages/db/detail/transaction_state.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/on_commit.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace nuages::db {

namespace detail {

namespace {

async::ContextLocal<Context> contexts;

constexpr Duration kTurnTimeout = seconds(60);

void count_transaction() { ++context().stats->transactions; }

/// Savepoints count as queries, as in Django.
void count_savepoint(const std::string& text) {
    QueryStats& stats = *context().stats;
    ++stats.count;
    if (stats.record) stats.statements.push_back(text);
}

}  // namespace

Transaction* Context::find(const Database& database) const {
    for (Transaction* transaction : transactions) {
        if (&transaction->database() == &database && transaction->is_this_fibers()) return transaction;
    }
    return nullptr;
}

Context* find_context() noexcept { return contexts.find(); }
Context& context() { return contexts.get(); }

Transaction::Transaction(Database& database) : database_(&database), lease_(database) {}

bool Transaction::is_this_fibers() const { return async::detail::is_current_or_ancestor(blocks_.front().fiber); }

void Transaction::check_alive() {
    if (needs_rollback) {
        throw TransactionManagementError(
            "An error occurred in the current transaction. You can't execute queries until the end of the 'atomic' "
            "block.");
    }
}

Transaction::Block* Transaction::siblings_savepoint() {
    for (Block& block : blocks_) {
        if (block.savepoint && !async::detail::is_current_or_ancestor(block.fiber)) return &block;
    }
    return nullptr;
}

void Transaction::wait_for_siblings() {
    while (siblings_savepoint()) async::suspend([&](async::Waker waker) { siblings_.push_back(std::move(waker)); });
}

ExecuteResult Transaction::execute(FunctionRef<ExecuteResult(Session&)> send) {
    for (;;) {
        wait_for_siblings();
        const Turn turn(*this);
        if (siblings_savepoint()) continue;  // it opened while this fiber queued
        check_alive();
        try {
            return send(lease_.session());
        } catch (const DatabaseError&) {
            if (!lease_.session().in_transaction()) needs_rollback = true;  // a full disk, say, ended it
            throw;
        }
    }
}

Transaction::Turn::Turn(Transaction& transaction) : transaction_(transaction) {
    const void* me = async::detail::current_fiber_id();
    // A session that pipelines keeps the order by itself.
    nested_ = transaction.turn_holder_ == me || transaction.lease_.session().pipelines();
    if (nested_) return;
    if (!transaction.turn_.try_lock_for(kTurnTimeout))
        throw OperationalError("the transaction's connection did not become free");
    transaction.turn_holder_ = me;
}

Transaction::Turn::~Turn() {
    if (nested_) return;
    transaction_.turn_holder_ = nullptr;
    transaction_.turn_.unlock();
}

void Transaction::enter_block(const AtomicOptions& options) {
    Block block{.fiber = async::detail::current_fiber_id()};
    if (blocks_.empty()) {
        lease_.session().begin();
        count_transaction();
        blocks_.push_back(block);
        return;
    }
    for (;;) {
        wait_for_siblings();
        if (!options.savepoint || needs_rollback) {
            block.callbacks = callbacks_.size();
            blocks_.push_back(block);
            return;
        }
        const Turn turn(*this);
        if (siblings_savepoint() || needs_rollback) continue;  // that happened while this fiber queued
        block.callbacks = callbacks_.size();
        block.savepoint = ++last_savepoint_;
        blocks_.push_back(block);  // siblings wait from here on
        try {
            send_savepoint("SAVEPOINT s", block.savepoint, [&] { lease_.session().savepoint(block.savepoint); });
        } catch (...) {
            forget_savepoint(block.savepoint);
            throw;
        }
        return;
    }
}

std::size_t Transaction::innermost_of_this_fiber() const {
    const void* me = async::detail::current_fiber_id();
    std::size_t at = blocks_.size();
    while (at > 0 && blocks_[at - 1].fiber != me) --at;
    return (at > 0 ? at : blocks_.size()) - 1;
}

void Transaction::leave_block(bool commit) {
    if (blocks_.size() == 1) {
        end(commit);
        return;
    }
    const std::size_t at = innermost_of_this_fiber();
    if (blocks_[at].savepoint) {
        end_savepoint(at, commit);
        return;
    }
    const Block block = blocks_[at];
    blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(at));
    if (Block* sibling = siblings_savepoint()) {  // whose flag needs_rollback is until it ends
        sibling->dooms_outer = sibling->dooms_outer || !commit;
    } else {
        needs_rollback = needs_rollback || !commit;
        if (needs_rollback) drop_callbacks(block.callbacks);
    }
}

void Transaction::end_savepoint(std::size_t at, bool commit) {
    const async::CancelShield shield;  // or it would stay open
    const Block block = blocks_[at];
    struct Leave {  // at the end only, so that nobody finds the block gone and the savepoint open
        Transaction& transaction;
        int savepoint;
        bool closed = false;
        ~Leave() {
            if (!closed) transaction.needs_rollback = true;  // the outer block can still be rolled back
            transaction.forget_savepoint(savepoint);
        }
    } leave{*this, block.savepoint};
    const Turn turn(*this);
    Session& session = lease_.session();
    if (commit && !needs_rollback) {
        try {
            send_savepoint("RELEASE SAVEPOINT s", block.savepoint, [&] { session.savepoint_commit(block.savepoint); });
            leave.closed = true;
        } catch (const DatabaseError&) {  // as Django: what came after the savepoint is undone, the outer block can go on
            drop_callbacks(block.callbacks);
            roll_back_to(block.savepoint, leave.closed);
            throw;
        }
        return;
    }
    drop_callbacks(block.callbacks);
    needs_rollback = false;
    roll_back_to(block.savepoint, leave.closed);
}

void Transaction::roll_back_to(int savepoint, bool& done) {
    try {
        send_savepoint("ROLLBACK TO SAVEPOINT s", savepoint, [&] { lease_.session().savepoint_rollback(savepoint); });
        done = true;
        send_savepoint("RELEASE SAVEPOINT s", savepoint, [] {});  // the session's rollback does both
    } catch (const DatabaseError&) {}  // the outer block is rolled back instead
}

void Transaction::forget_savepoint(int savepoint) {
    const auto block =
        std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& each) { return each.savepoint == savepoint; });
    if (block->dooms_outer) needs_rollback = true;
    blocks_.erase(block);
    for (const async::Waker& waker : std::exchange(siblings_, {})) waker.wake();
}

void Transaction::end(bool commit) {
    Session& session = lease_.session();
    if (!commit || needs_rollback) {
        drop_callbacks(0);
        count_transaction();
        session.rollback();
    } else {
        count_transaction();
        try {
            if (!session.commit()) {
                drop_callbacks(0);
                log::warning("nuages.db", "An atomic block ended without an exception and was rolled back by the database: "
                                          "the error of one of its statements was swallowed inside it.");
            }
        } catch (...) {
            drop_callbacks(0);
            count_transaction();  // the session rolled back
            throw;
        }
    }
}

void Transaction::doom() {
    if (Block* sibling = siblings_savepoint())  // whose flag needs_rollback is until it ends
        sibling->dooms_outer = true;
    else
        needs_rollback = true;
}

void Transaction::drop_callbacks(std::size_t count) {
    if (callbacks_.size() > count) callbacks_.resize(count);
}

int Transaction::savepoint() {
    wait_for_siblings();
    const Turn turn(*this);
    check_alive();
    const int id = ++last_savepoint_;
    send_savepoint("SAVEPOINT s", id, [&] { lease_.session().savepoint(id); });
    savepoints_.push_back({id, callbacks_.size()});
    return id;
}

void Transaction::clean_savepoints() {
    last_savepoint_ = 0;
    for (const Block& block : blocks_) last_savepoint_ = std::max(last_savepoint_, block.savepoint);
    for (const OpenSavepoint& open : savepoints_) last_savepoint_ = std::max(last_savepoint_, open.id);
}

void Transaction::savepoint_rollback(int id) {
    const async::CancelShield shield;
    wait_for_siblings();
    const Turn turn(*this);
    send_savepoint("ROLLBACK TO SAVEPOINT s", id, [&] {
        lease_.session().savepoint_rollback(id);  // releases it as well: it is opened again, to be gone back to once more
        lease_.session().savepoint(id);
    });
    for (const OpenSavepoint& open : savepoints_) {
        if (open.id == id) drop_callbacks(open.callbacks);
    }
}

void Transaction::savepoint_commit(int id) {
    wait_for_siblings();
    const Turn turn(*this);
    check_alive();
    send_savepoint("RELEASE SAVEPOINT s", id, [&] { lease_.session().savepoint_commit(id); });
    std::erase_if(savepoints_, [&](const OpenSavepoint& open) { return open.id >= id; });
}

void Transaction::on_commit(Function<void()> callback, bool robust) {
    wait_for_siblings();  // a savepoint that is rolled back takes the callbacks with it that came after it
    check_alive();
    callbacks_.push_back({std::move(callback), robust});
}

std::vector<Transaction::Callback> Transaction::take_callbacks() { return std::exchange(callbacks_, {}); }

std::vector<Transaction::Callback> Transaction::take_callbacks_after(std::size_t count) {
    std::vector<Callback> taken;
    for (std::size_t i = count; i < callbacks_.size(); ++i) taken.push_back(std::move(callbacks_[i]));
    drop_callbacks(count);
    return taken;
}

void Transaction::send_savepoint(const char* text, int id, FunctionRef<void()> send) {
    const std::string sql = text + std::to_string(id);
    const auto counted = [&] {
        count_savepoint(sql);
        if (log::enabled(log::Level::debug)) log::debug("django.db.backends", sql + "; args=None; alias=" + database_->alias());
        send();
    };
    if (!context().wrappers) return counted();
    // Whatever text a wrapper sends on, the session sends its own.
    execute_wrapped(connection(database_->alias()), sql, {}, [&](std::string_view, std::span<const Param>) {
        counted();
        return ExecuteResult();
    });
}

void run_callback(const Function<void()>& call, bool robust) {
    if (!robust) {
        call();
        return;
    }
    try {
        call();
    } catch (const std::exception& error) {
        log::error("nuages.db", std::string("Error calling a function in on_commit (") + error.what() + ").");
    }
}

namespace {

Database& database_of(std::string_view alias) { return connection(alias).database(); }

Transaction* find_transaction(const Database& database) {
    Context* context = find_context();
    return context ? context->find(database) : nullptr;
}

/// Opens a block: the transaction, or a savepoint of the one that is open.
Transaction& begin_block(Database& database, const AtomicOptions& options) {
    async::require_fiber("atomic()");
    if (Transaction* open = find_transaction(database)) {
        if (options.durable)
            throw RuntimeError("A durable atomic block cannot be nested within another atomic block.");
        open->enter_block(options);
        return *open;
    }
    auto* transaction = new Transaction(database);
    try {
        transaction->enter_block(options);
        context().transactions.push_back(transaction);
    } catch (...) {
        delete transaction;
        throw;
    }
    return *transaction;
}

/// Ends the innermost block; after the outermost one the callbacks run.
void end_block(Transaction& transaction, bool commit) {
    if (!transaction.outermost()) {
        transaction.leave_block(commit);
        return;
    }
    std::vector<Transaction::Callback> callbacks;
    {
        struct Close {
            Transaction* transaction;
            ~Close() {
                std::erase(context().transactions, transaction);
                delete transaction;
            }
        } close{&transaction};
        transaction.leave_block(commit);
        callbacks = transaction.take_callbacks();
    }
    for (const auto& callback : callbacks) run_callback(callback.call, callback.robust);
}

/// Ends a block while an exception is under way, or in a destructor: must not throw, must not be cancelled.
void abandon_block(Transaction& transaction) noexcept {
    const async::CancelShield shield;
    try {
        end_block(transaction, false);
    } catch (const std::exception& error) {
        log::error("nuages.db", std::string("rolling back failed: ") + error.what());
    }
}

}  // namespace
}  // namespace detail

void run_atomic(FunctionRef<void()> block, const AtomicOptions& options) {
    detail::Transaction& transaction = detail::begin_block(detail::database_of(options.using_), options);
    try {
        block();
    } catch (...) {
        detail::abandon_block(transaction);
        throw;
    }
    detail::end_block(transaction, true);
}

void on_commit(Function<void()> callback, const OnCommitOptions& options) {
    if (detail::Transaction* transaction = detail::find_transaction(detail::database_of(options.using_))) {
        transaction->on_commit(std::move(callback), options.robust);
    } else {
        detail::run_callback(callback, options.robust);
    }
}

std::vector<CommitCallback> capture_on_commit_callbacks(FunctionRef<void()> block, const CaptureOptions& options) {
    detail::Transaction* transaction = detail::find_transaction(detail::database_of(options.using_));
    if (!transaction)
        throw TransactionManagementError("capture_on_commit_callbacks() needs an open 'atomic' block: outside of one callbacks run at once.");
    const std::size_t before = transaction->callbacks();
    block();
    std::vector<CommitCallback> captured;
    for (;;) {
        std::vector<detail::Transaction::Callback> fresh = transaction->take_callbacks_after(before);
        if (fresh.empty()) return captured;
        for (detail::Transaction::Callback& callback : fresh) {
            if (options.execute) detail::run_callback(callback.call, callback.robust);  // may register more
            captured.push_back({std::move(callback.call), callback.robust});
        }
    }
}

namespace {

detail::Transaction& open_transaction(std::string_view alias) {
    if (detail::Transaction* transaction = detail::find_transaction(detail::database_of(alias))) {
        transaction->wait_for_siblings();  // the flag is their block's until then
        return *transaction;
    }
    throw TransactionManagementError("The rollback flag doesn't work outside of an 'atomic' block.");
}

}  // namespace

void mark_for_rollback_on_error(FunctionRef<void()> statements, std::string_view using_) {
    try {
        statements();
    } catch (...) {
        if (detail::Transaction* transaction = detail::find_transaction(detail::database_of(using_))) transaction->doom();
        throw;
    }
}

void set_rollback(bool rollback, std::string_view using_) { open_transaction(using_).needs_rollback = rollback; }
bool get_rollback(std::string_view using_) { return open_transaction(using_).needs_rollback; }

int savepoint(std::string_view using_) {
    detail::Transaction* transaction = detail::find_transaction(detail::database_of(using_));
    return transaction ? transaction->savepoint() : 0;
}

void savepoint_rollback(int id, std::string_view using_) {
    if (detail::Transaction* transaction = detail::find_transaction(detail::database_of(using_)); transaction && id)
        transaction->savepoint_rollback(id);
}

void savepoint_commit(int id, std::string_view using_) {
    if (detail::Transaction* transaction = detail::find_transaction(detail::database_of(using_)); transaction && id)
        transaction->savepoint_commit(id);
}

void clean_savepoints(std::string_view using_) {
    if (detail::Transaction* transaction = detail::find_transaction(detail::database_of(using_))) transaction->clean_savepoints();
}

bool get_autocommit(std::string_view using_) { return !detail::find_transaction(detail::database_of(using_)); }

namespace {

void refuse_inside_block(std::string_view alias) {
    if (detail::find_transaction(detail::database_of(alias)))
        throw TransactionManagementError("This is forbidden when an 'atomic' block is active.");
}

}  // namespace

void commit(std::string_view using_) { refuse_inside_block(using_); }
void rollback(std::string_view using_) { refuse_inside_block(using_); }

ManualAtomic::ManualAtomic(const AtomicOptions& options) : database_(&detail::database_of(options.using_)) {
    detail::begin_block(*database_, options);
}

ManualAtomic::~ManualAtomic() {
    detail::Transaction* transaction = open_ ? detail::find_transaction(*database_) : nullptr;
    if (transaction) detail::abandon_block(*transaction);
}

void ManualAtomic::commit() {
    open_ = false;
    detail::end_block(*detail::find_transaction(*database_), true);
}

void ManualAtomic::rollback() {
    open_ = false;
    detail::end_block(*detail::find_transaction(*database_), false);
}

}  // namespace nuages::db

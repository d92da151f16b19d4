#include <nuages/async/asio.hpp>
#include <nuages/async/fiber_local.hpp>
#include <nuages/async/time.hpp>
#include <nuages/db/detail/pool.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/signals.hpp>

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace nuages::db::detail {

namespace {

pthread_mutex_t closing = PTHREAD_MUTEX_INITIALIZER;

struct ThreadTable {
    std::vector<Ref<ThreadPool>> pools;
    ~ThreadTable() {
        pthread_mutex_lock(&closing);
        for (const auto& pool : pools) {
            if (pool) pool->close();
        }
        pthread_mutex_unlock(&closing);
    }
};
thread_local ThreadTable table;

std::string seconds_text(Duration duration) {
    const std::int64_t hundredths = duration.microseconds / 10'000;
    const std::string rest = std::to_string(hundredths % 100);
    return std::to_string(hundredths / 100) + "." + (rest.size() == 1 ? "0" : "") + rest;
}

/// The databases whose single session this fiber holds at the moment.
async::FiberLocal<std::vector<Database::Pools*>> held_singles;

}  // namespace

Session* connect(Database& database) {
    Session* session = database.driver().connect();
    const auto& signal = signals::connection_created();
    if (!signal.has_listeners(&database)) return session;
    try {
        signal.send_from(&database, {database.connection(), *session});
    } catch (...) {
        delete session;
        throw;
    }
    return session;
}

ThreadPool& thread_pool(Database& database) {
    Database::Pools& pools = database.pools();
    if (pools.index < table.pools.size()) {
        ThreadPool* pool = table.pools[pools.index].get();
        if (pool && !pool->closed()) return *pool;
    } else {
        table.pools.resize(pools.index + 1);
    }
    Ref<ThreadPool> pool = make_ref<ThreadPool>(database);
    pthread_mutex_lock(&closing);
    pools.all.push_back(pool);
    pthread_mutex_unlock(&closing);
    table.pools[pools.index] = pool;
    return *pool;
}

Session* ThreadPool::take_idle() {
    while (!idle_.empty()) {
        Session* session = idle_.back();
        idle_.pop_back();
        bool good = false;
        try {
            good = session->usable() && session->check();
        } catch (...) {
            drop(session);
            throw;
        }
        if (good) return session;
        drop(session);
    }
    return nullptr;
}

Session* ThreadPool::take() {
    if (Session* session = take_idle()) return session;
    if (open_ < driver_->pool_size()) {
        ++open_;
        return open();
    }
    return wait();
}

// The least busy of the shared sessions that get on; null when another one should join them.
Session* ThreadPool::join_shared() {
    Shared* best = nullptr;
    for (Shared& shared : shared_) {
        if (!shared.session->usable()) continue;
        if (!shared.session->stalled()) {
            best = &shared;
            break;
        }
        const bool full = shared_.size() >= shared_max() || (idle_.empty() && open_ >= driver_->pool_size());
        if (full && (!best || shared.session->in_flight() < best->session->in_flight())) best = &shared;
    }
    if (!best) return nullptr;
    ++best->users;
    return best->session;
}

Session* ThreadPool::take_shared() {
    // With one session for everything, those who need it for themselves must not wait for ever.
    if (!waiting_.empty() && driver_->pool_size() == 1) return take();
    if (Session* session = join_shared()) return session;
    if (opening_shared_) {
        async::suspend([&](async::Waker waker) { joining_.push_back(std::move(waker)); });
        if (Session* session = join_shared()) return session;
        return take();
    }
    opening_shared_ = true;
    struct Opened {
        ThreadPool& pool;
        ~Opened() {
            pool.opening_shared_ = false;
            for (const async::Waker& waker : std::exchange(pool.joining_, {})) waker.wake();
        }
    } opened{*this};
    Session* session = take();
    shared_.push_back({session, 1});
    return session;
}

void ThreadPool::give_back_shared(Session* session) noexcept {
    const auto entry =
        std::find_if(shared_.begin(), shared_.end(), [&](const Shared& each) { return each.session == session; });
    if (entry == shared_.end()) return give_back(session);  // it was taken as one's own
    if (--entry->users > 0) return;
    shared_.erase(entry);
    give_back(session);
}

void ThreadPool::drop(Session* session) noexcept {
    delete session;
    slot_is_free();
}

Session* ThreadPool::open() {
    try {
        return connect(*database_);
    } catch (...) {
        slot_is_free();
        throw;
    }
}

Session* ThreadPool::wait() {
    PoolWaiter waiter;
    try {
        async::with_timeout(driver_->pool_timeout(), [&] {
            async::suspend([&](async::Waker waker) {
                waiter.waker = std::move(waker);
                waiting_.push_back(&waiter);
            });
        });
    } catch (const async::TimeoutError&) {
        if (!waiter.session && !waiter.slot) {
            std::erase(waiting_, &waiter);
            throw OperationalError("couldn't get a connection after " + seconds_text(driver_->pool_timeout()) + " sec: all " +
                                   std::to_string(open_) +
                                   " of this thread are in use (pool_size), and whoever has them did not give one back");
        }
    } catch (...) {
        if (waiter.session) {
            give_back(waiter.session);
        } else if (waiter.slot) {
            slot_is_free();
        } else {
            std::erase(waiting_, &waiter);
        }
        throw;
    }
    if (!waiter.session) return open();
    if (waiter.session->usable()) return waiter.session;
    // It broke on the way here: its place is free for a new one.
    delete waiter.session;
    return open();
}

void ThreadPool::slot_is_free() noexcept {
    if (waiting_.empty()) {
        --open_;
        return;
    }
    PoolWaiter& next = *waiting_.front();
    waiting_.pop_front();
    next.slot = true;
    next.waker.wake();
}

void ThreadPool::give_back(Session* session) noexcept {
    if (!session->usable() || closed_) {
        drop(session);
    } else if (!waiting_.empty()) {
        PoolWaiter& next = *waiting_.front();
        waiting_.pop_front();
        next.session = session;
        next.waker.wake();
    } else {
        idle_.push_back(session);
        watch_idle();
    }
}

/// A timer of the loop that serves this thread. It belongs to its own handler, and so goes with the loop at the latest.
struct ThreadPool::IdleWatch : RefCounted {
    Ref<ThreadPool> pool;
    boost::asio::steady_timer timer;
    IdleWatch(ThreadPool& of, boost::asio::io_context& io, Duration after)
        : pool(&of), timer(io, std::chrono::microseconds(after.microseconds)) {}
    ~IdleWatch() override { pool->watched_ = false; }
};

void ThreadPool::watch_idle() noexcept {
    const Duration limit = driver_->idle_timeout();
    async::Loop* loop = async::current_loop();
    if (watched_ || idle_.empty() || limit.microseconds <= 0 || !loop) return;
    // The one at the front has been here longest.
    const Duration rest{std::max<std::int64_t>(limit.microseconds - idle_.front()->idle_for().microseconds, 1000)};
    try {
        const Ref<IdleWatch> watch = make_ref<IdleWatch>(*this, async::io_context(*loop), rest);
        watched_ = true;
        watch->timer.async_wait([watch](const boost::system::error_code& error) {
            watch->pool->watched_ = false;
            if (!error) watch->pool->close_idle();
        });
    } catch (...) {
        // Without a timer they are closed when they are next asked for.
    }
}

void ThreadPool::close_idle() noexcept {
    pthread_mutex_lock(&closing);
    const Duration limit = driver_->idle_timeout();
    const auto first = std::stable_partition(idle_.begin(), idle_.end(), [&](Session* session) {
        return session->idle_for().microseconds < limit.microseconds;
    });
    const std::vector<Session*> old(first, idle_.end());
    idle_.erase(first, idle_.end());
    pthread_mutex_unlock(&closing);
    for (Session* session : old) drop(session);
    if (!closed_) watch_idle();
}

void ThreadPool::close() noexcept {
    closed_ = true;
    open_ -= idle_.size();
    for (Session* session : std::exchange(idle_, {})) delete session;
}

Lease::Lease(Database& database, bool shared) : shared_(shared) {
    if (database.driver().single_session()) [[unlikely]] {
        take_single(database);
        return;
    }
    ThreadPool& pool = thread_pool(database);
    pool_ = Ref<ThreadPool>(&pool);
    session_ = shared ? pool.take_shared() : pool.take();
}

void Lease::take_single(Database& database) {
    Database::Pools& pools = database.pools();
    auto& held = held_singles.get();
    single_ = &pools;
    nested_ = std::find(held.begin(), held.end(), &pools) != held.end();
    if (!nested_ && !pools.turn.try_lock_for(database.driver().pool_timeout())) throw OperationalError("database is locked");
    try {
        if (!pools.single) pools.single = connect(database);
        if (!nested_) held.push_back(&pools);
    } catch (...) {
        if (!nested_) pools.turn.unlock();
        throw;
    }
    session_ = pools.single;
}

Lease::~Lease() {
    if (pool_ && shared_) {
        pool_->give_back_shared(session_);
    } else if (pool_) {
        pool_->give_back(session_);
    } else if (single_ && !nested_) {
        std::erase(held_singles.get(), single_);
        single_->turn.unlock();
    }
}

}  // namespace nuages::db::detail

namespace nuages::db {

void Database::close() {
    pthread_mutex_lock(&detail::closing);
    for (const auto& pool : pools_->all) pool->close();
    pools_->all.clear();
    delete std::exchange(pools_->single, nullptr);
    pthread_mutex_unlock(&detail::closing);
}

}  // namespace nuages::db

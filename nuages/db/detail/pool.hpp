// Pools of sessions and leases on them.
//
// A pool belongs to one thread and one database, so leasing takes no lock. A session is leased to one fiber, or, where
// the vendor can pipeline, to all fibers that only read: one session that gathers the statements of many requests is
// cheaper than many sessions. Half of the pool stays out of that, so that transactions find sessions of their own.
// Pools are closed from two sides: by their
// thread when it ends, and by the Database when it goes; one process-wide mutex orders the two.
#pragma once

#include <nuages/db/backend.hpp>
#include <nuages/db/database.hpp>
#include <nuages/async/mutex.hpp>

#include <deque>
#include <vector>

namespace nuages::db {

namespace detail {

class Transaction;

/// Fiber that waits for a session of its thread's pool.
struct PoolWaiter {
    async::Waker waker;
    Session* session = nullptr;  // set by who hands one over
    bool slot = false;           // or the right to open one
};

/// The sessions of one thread to one database.
class ThreadPool final : public RefCounted {
public:
    explicit ThreadPool(Database& database) : database_(&database), driver_(&database.driver()) {}
    ~ThreadPool() override { close(); }

    Session* take();
    void give_back(Session* session) noexcept;
    /// A session that others use at the same time.
    Session* take_shared();
    void give_back_shared(Session* session) noexcept;
    void close() noexcept;
    bool closed() const { return closed_; }

private:
    struct Shared {
        Session* session;
        std::size_t users;
    };
    Session* take_idle();
    Session* wait();
    Session* open();
    Session* join_shared();
    void drop(Session* session) noexcept;
    /// Sees to it that sessions are closed that nobody uses for the driver's idle_timeout().
    void watch_idle() noexcept;
    void close_idle() noexcept;
    struct IdleWatch;
    void slot_is_free() noexcept;
    std::size_t shared_max() const { return driver_->pool_size() < 2 ? 1 : driver_->pool_size() / 2; }

    Database* database_;  // closes the pool before it goes
    Ref<Driver> driver_;
    std::vector<Session*> idle_;
    std::vector<Shared> shared_;
    std::vector<async::Waker> joining_;  // wait for the first shared session to be opened
    bool opening_shared_ = false;
    std::deque<PoolWaiter*> waiting_;
    std::size_t open_ = 0;
    bool closed_ = false;
    bool watched_ = false;  // a timer waits for the idle sessions
};

/// Opens a session, of which connection_created tells.
Session* connect(Database& database);

/// The pool of this thread, made at the first use.
ThreadPool& thread_pool(Database& database);

/// A fiber's use of a session: until the lease ends nobody else touches it.
class Lease {
public:
    explicit Lease(Database& database, bool shared = false);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    Session& session() const { return *session_; }

private:
    void take_single(Database& database);

    Session* session_ = nullptr;
    Ref<ThreadPool> pool_;  // null for the single session of a database
    Database::Pools* single_ = nullptr;
    bool nested_ = false;  // this fiber had the single session already
    bool shared_ = false;
};

}  // namespace detail

struct Database::Pools {
    std::size_t index = 0;  // place in each thread's table
    std::vector<Ref<detail::ThreadPool>> all;
    // For databases whose threads share one session.
    async::Mutex turn;
    Session* single = nullptr;
};

}  // namespace nuages::db

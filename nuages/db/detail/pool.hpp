// Pools of sessions and leases on them.
//
// A pool belongs to one thread and one database, so leasing takes no lock. Pools are closed from two sides: by their
// thread when it ends, and by the Database when it goes; one process-wide mutex orders the two.
#pragma once

#include <nuages/db/backend.hpp>
#include <nuages/db/database.hpp>
#include <nuages/db/fiber_mutex.hpp>

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
    explicit ThreadPool(Ref<Driver> driver) : driver_(std::move(driver)) {}
    ~ThreadPool() override { close(); }

    Session* take();
    void give_back(Session* session) noexcept;
    void close() noexcept;
    bool closed() const { return closed_; }

private:
    Session* wait();
    Session* open();
    void slot_is_free() noexcept;

    Ref<Driver> driver_;
    std::vector<Session*> idle_;
    std::deque<PoolWaiter*> waiting_;
    std::size_t open_ = 0;
    bool closed_ = false;
};

/// The pool of this thread, made at the first use.
ThreadPool& thread_pool(Database& database);

/// A fiber's use of a session: until the lease ends nobody else touches it.
class Lease {
public:
    explicit Lease(Database& database);
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
};

}  // namespace detail

struct Database::Pools {
    std::size_t index = 0;  // place in each thread's table
    std::vector<Ref<detail::ThreadPool>> all;
    // For databases whose threads share one session.
    FiberMutex turn;
    Session* single = nullptr;
};

}  // namespace nuages::db

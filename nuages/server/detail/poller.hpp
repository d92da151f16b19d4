// Which of a thread's connections have something to say: one epoll descriptor for all of them, edge-triggered, for which
// the loop waits as for any other.
//
// A socket of Asio's reads once more after every request, to learn that nothing is left. Here EPOLLRDHUP tells of the
// peer's end, so a read that did not fill its buffer has taken all (epoll(7)): a system call less per request.
#pragma once

#include <nuages/async/detail/handler_memory.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nuages::server::detail {

class Poller;

/// What a Poller watches.
class Pollable {
public:
    Pollable(const Pollable&) = delete;
    Pollable& operator=(const Pollable&) = delete;

protected:
    explicit Pollable(Poller& poller) noexcept : poller_(&poller) {}
    ~Pollable();

    /// EVENTS (EPOLLIN ...) have come; 0: after settle_later(). It may be destroyed by what it calls.
    virtual void settle(std::uint32_t events) noexcept = 0;
    /// The poller ends: settle() will not be called any more.
    virtual void abandon() noexcept = 0;
    /// Null once the poller has ended.
    Poller* poller() const noexcept { return poller_; }

private:
    friend class Poller;
    Poller* poller_;
    Pollable* next_due_ = nullptr;
    std::uint32_t slot_ = 0;
    bool is_watched_ = false;
    bool is_due_ = false;
};

class Poller {
public:
    /// For handlers that the io_context destroys at its end: it must outlive that.
    struct Memory {
        async::detail::HandlerMemory wait;
        async::detail::HandlerMemory due;
    };
    /// Throws Error when there is no descriptor for it. IO must outlive it.
    Poller(boost::asio::io_context& io, Memory& memory);
    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    /// Watches DESCRIPTOR for input and its peer's end, from now on. False when the kernel refuses.
    bool watch(Pollable& one, int descriptor);
    /// Tells once when DESCRIPTOR takes output, even if it does so already. False when the kernel refuses.
    bool watch_output(Pollable& one, int descriptor) noexcept;
    /// Before the descriptor is closed.
    void unwatch(Pollable& one) noexcept;
    /// Calls its settle(0) from the loop, soon. Never fails.
    void settle_later(Pollable& one) noexcept;

private:
    friend class Pollable;
    using Descriptor = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;
    // The kernel names a slot and its generation: what it says of a descriptor that was closed meanwhile reaches nobody.
    struct Slot {
        Pollable* one = nullptr;
        std::uint32_t generation = 0;
    };

    void wait();
    void look();
    void settle_due() noexcept;
    void forget(Pollable& one) noexcept;
    std::uint64_t name_of(const Pollable& one) const noexcept;

    boost::asio::io_context& io_;
    Memory& memory_;
    Descriptor epoll_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_slots_;
    Pollable* due_ = nullptr;       // to settle at the next turn
    Pollable* settling_ = nullptr;  // in this one
    bool due_posted_ = false;
};

}  // namespace nuages::server::detail

// Between fibers and Asio's coroutines: await() one from a fiber, as_awaitable() a function that needs a fiber.
#pragma once

#include <nuages/async/fiber.hpp>
#include <nuages/async/task.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace nuages::async {

class Loop;
Loop* current_loop() noexcept;
boost::asio::io_context& io_context(Loop& loop) noexcept;

namespace detail {

template <class R> struct Awaited final : RefCounted {
    std::optional<std::conditional_t<std::is_void_v<R>, Nothing, R>> value;
    std::exception_ptr error;
    Waker waker;
    boost::asio::cancellation_signal cancelled;
    bool done = false;
};

/// Runs WORK, which gives a coroutine, and keeps what comes of it.
template <class R>
boost::asio::awaitable<void> keep_result(boost::asio::awaitable<R> work, Ref<Awaited<R>> awaited) {
    if constexpr (std::is_void_v<R>) {
        co_await std::move(work);
        awaited->value.emplace();
    } else {
        awaited->value.emplace(co_await std::move(work));
    }
}

}  // namespace detail

/// Runs a coroutine on this fiber's loop, suspends the fiber until it has ended, and returns its result or throws its
/// exception. When the fiber is cancelled meanwhile, so is the coroutine (terminal cancellation), and its end is waited
/// for. Throws NotOnFiber.
template <class R> R await(boost::asio::awaitable<R> work) {
    require_fiber("await()");
    auto awaited = make_ref<detail::Awaited<R>>();
    boost::asio::co_spawn(io_context(*current_loop()), detail::keep_result<R>(std::move(work), awaited),
                          boost::asio::bind_cancellation_slot(awaited->cancelled.slot(),
                                                              [awaited](std::exception_ptr error) {
                                                                  awaited->error = error;
                                                                  awaited->done = true;
                                                                  awaited->waker.wake();
                                                              }));
    const auto wait = [&awaited] {
        while (!awaited->done) suspend([&awaited](Waker waker) { awaited->waker = std::move(waker); });
    };
    try {
        wait();
    } catch (const Cancelled&) {
        awaited->cancelled.emit(boost::asio::cancellation_type::terminal);
        const CancelShield until_ended;
        wait();
        throw;
    }
    if (awaited->error) std::rethrow_exception(awaited->error);
    if constexpr (!std::is_void_v<R>) return std::move(*awaited->value);
}

/// Runs F on a fiber of the loop whose thread this is; `co_await` gives its result or throws its exception. For calls that
/// need a fiber (queries, caches, everything that waits) from a coroutine.
template <class F> auto as_awaitable(F f) -> boost::asio::awaitable<std::decay_t<std::invoke_result_t<F&>>> {
    using R = std::decay_t<std::invoke_result_t<F&>>;
    auto awaited = make_ref<detail::Awaited<R>>();
    auto start = [awaited, f = std::move(f)](auto handler) mutable {
        auto kept = std::make_shared<decltype(handler)>(std::move(handler));
        spawn([awaited, f = std::move(f), kept]() mutable {
            std::exception_ptr error;
            try {
                if constexpr (std::is_void_v<R>) {
                    f();
                    awaited->value.emplace();
                } else {
                    awaited->value.emplace(f());
                }
            } catch (...) {
                error = std::current_exception();
            }
            const auto executor = boost::asio::get_associated_executor(*kept);
            boost::asio::post(executor, [kept, error] { std::move (*kept)(error); });
        });
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(std::exception_ptr)>(
        std::move(start), boost::asio::use_awaitable);
    if constexpr (!std::is_void_v<R>) co_return std::move(*awaited->value);
}

}  // namespace nuages::async

namespace nuages::http {

/// What path() does with a view that is a coroutine: found by the type of its result.
template <class R> R view_result(boost::asio::awaitable<R> coroutine) { return async::await(std::move(coroutine)); }

}  // namespace nuages::http

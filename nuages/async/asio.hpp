// The way to Boost.Asio, for code that brings its own sockets and timers. Opt-in: nothing else here names Asio.
//
//     asio::awaitable<Response> price(Request& request) {               // a view may be a coroutine
//         const Quote quote = co_await fetch_quote(request.GET["symbol"]);
//         auto stock = co_await as_awaitable([&] { return Stock::objects.get("symbol"_f = quote.symbol); });
//         co_return JsonResponse(...);
//     }
//     const Quote quote = await(fetch_quote("NUA"));                    // and a fiber may wait for one
#pragma once

#include <nuages/async/loop.hpp>
#include <nuages/async/task.hpp>

#include <boost/asio/io_context.hpp>

#if defined(__cpp_impl_coroutine)
#include <nuages/async/asio_bridge.hpp>
#endif

namespace nuages::async {

/// The io_context that LOOP runs. Its reactor is not locked: use it on the loop's own thread only
/// (boost::asio::post is open to all threads). Completion handlers run outside any fiber and must not throw.
boost::asio::io_context& io_context(Loop& loop) noexcept;

/// Runs JOB on a fiber of LOOP, which this thread serves, at once: returns when the job ends or first suspends.
/// On a fiber the job is queued instead.
void start_now(Loop& loop, Ref<detail::Job> job);

/// Destroys the running fiber's FiberLocals and lets go of its ContextLocals: the next piece of work that it does by
/// itself (a pipelined request) starts clean.
void reset_locals();

}  // namespace nuages::async

// What fibers throw.
#pragma once

#include <nuages/base/error.hpp>

namespace nuages::async {

/// Unwinds a fiber that was cancelled. Deliberately no std::exception (as Python's CancelledError is no Exception),
/// so that `catch (const std::exception&)` does not swallow it.
class Cancelled {};

/// with_timeout() ran out of time.
NUAGES_DEFINE_ERROR(TimeoutError, Error);

/// A call that must suspend was made outside a fiber; the message names run_on_loop().
/// Django's SynchronousOnlyOperation the other way round.
NUAGES_DEFINE_ERROR(NotOnFiber, Error);

/// run_blocking() has more calls waiting than set_blocking_queue() allows.
NUAGES_DEFINE_ERROR(TooManyBlockingCalls, Error);

/// A value was sent into a channel that is closed.
NUAGES_DEFINE_ERROR(ChannelClosed, Error);

}  // namespace nuages::async

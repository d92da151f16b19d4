// A fiber's stack: mapped memory with a guard below, so that an overflow faults instead of corrupting a neighbour.
#pragma once

#include <boost/context/stack_context.hpp>

#include <cstddef>

namespace nuages::async::detail {

/// Bytes of the stacks mapped from now on, guard page not counted.
std::size_t stack_size() noexcept;

/// Maps a stack of SIZE bytes (throws std::bad_alloc); pages are touched only as calls reach them.
boost::context::stack_context map_stack(std::size_t size);
/// The part of it, from its upper end, that calls have ever reached, in whole pages.
std::size_t touched_bytes(const boost::context::stack_context& stack) noexcept;
/// Whether ADDRESS lies in the guard below it.
bool is_in_guard(const boost::context::stack_context& stack, const void* address) noexcept;
void unmap_stack(const boost::context::stack_context& stack) noexcept;

/// While one is alive, a stack overflow of a fiber on this thread ends the process with a message that says so. Other
/// faults go where they went before. (Under AddressSanitizer it does nothing: that tells by itself.)
class OverflowReporter {
public:
    OverflowReporter() noexcept;
    ~OverflowReporter();
    OverflowReporter(const OverflowReporter&) = delete;
    OverflowReporter& operator=(const OverflowReporter&) = delete;

private:
    void* memory_ = nullptr;
};

}  // namespace nuages::async::detail

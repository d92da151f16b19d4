// A fiber's stack: mapped memory with a guard page below, so that an overflow faults instead of corrupting a neighbour.
#pragma once

#include <boost/context/stack_context.hpp>

#include <cstddef>

namespace nuages::async::detail {

/// Bytes of the stacks mapped from now on, guard page not counted.
std::size_t stack_size() noexcept;

/// Maps a stack of SIZE bytes (throws std::bad_alloc); pages are touched only as calls reach them.
boost::context::stack_context map_stack(std::size_t size);
void unmap_stack(const boost::context::stack_context& stack) noexcept;

}  // namespace nuages::async::detail

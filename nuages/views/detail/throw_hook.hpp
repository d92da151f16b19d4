// The lower half of traceback.hpp: what the interposed __cxa_throw notes.
#pragma once

#include <cstddef>

namespace nuages::views::detail {

void set_capturing(bool on) noexcept;
void note_throw(const void* exception) noexcept;
/// Copies the addresses noted for that exception object and returns how many there are.
std::size_t captured_at(const void* exception, void** addresses, std::size_t count_max) noexcept;

}  // namespace nuages::views::detail

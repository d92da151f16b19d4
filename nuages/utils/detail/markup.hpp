// Reading HTML as its forgiving parser does: where a tag, a comment or a declaration ends, and what a character
// reference stands for.
#pragma once

#include <cstddef>
#include <string_view>

namespace nuages::utils {

/// The place behind the tag, comment or declaration at AT; AT itself for a bare '<', npos for one that never ends.
std::size_t markup_end(std::string_view text, std::size_t at);

}  // namespace nuages::utils

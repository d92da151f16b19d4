// "Did you mean ...?": the known word that is closest to what was written.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace nuages::site {

/// The one of CANDIDATES with the fewest edits to WORD (a swap of neighbours counts as one), when that is at most a
/// third of its length; otherwise empty.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace nuages::site

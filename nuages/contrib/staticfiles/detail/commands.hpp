// The commands of the staticfiles app.
#pragma once

#include <nuages/contrib/staticfiles/finder.hpp>
#include <nuages/management/command.hpp>

namespace nuages::contrib::staticfiles::detail {

extern const management::Command collectstatic_command;
extern const management::Command findstatic_command;

/// The finder of the current site, or nullptr.
const Finder* current_finder();

}  // namespace nuages::contrib::staticfiles::detail

// The framework's own checks of a site.
#pragma once

#include <nuages/core/checks/checks.hpp>
#include <nuages/site/fwd.hpp>

#include <vector>

namespace nuages::site::detail {

/// SITE must outlive the checks.
std::vector<checks::Check> system_checks(const Site& site);

}  // namespace nuages::site::detail

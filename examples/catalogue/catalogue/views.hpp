// The pages, and the same facts as JSON.
#pragma once

#include <nuages/views.hpp>

#include <cstdint>
#include <string_view>

namespace catalogue {

nuages::Response index(nuages::Request& request);
nuages::Response package_list(nuages::Request& request);
nuages::Response package_detail(nuages::Request& request, std::string_view name);
nuages::Response maintainer_detail(nuages::Request& request, std::int64_t id);

nuages::Response api_package_list(nuages::Request& request);
nuages::Response api_package_detail(nuages::Request& request, std::string_view name);

}  // namespace catalogue

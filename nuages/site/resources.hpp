// The files of a site and its apps as the build listed them: embedded in a release, folders on disk in development.
#pragma once

#include <nuages/conf/build_origin.hpp>
#include <nuages/conf/embedded.hpp>
#include <nuages/site/fwd.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::site {

/// The resources of the program's own apps, by label; the site's own have an empty label. nuages_add_site() writes the
/// definition; without one there are none.
std::span<const conf::Resources> built_resources();

/// Where the program was built; nuages_add_site() writes this definition too, an empty one in a release.
conf::BuildOrigin build_origin();

/// The resources of APP: its own, or what the build listed under its label, or nullptr.
const conf::Resources* resources_of(const App& app);
/// The site's own templates/ and static/, or nullptr.
const conf::Resources* site_resources();

/// The folder "DIRECTORY/name" of RESOURCES; empty when they are embedded or there is no such folder.
std::string folder_of(const conf::Resources& resources, std::string_view name);

}  // namespace nuages::site

// Humanize: filters that say numbers and dates as people do (django.contrib.humanize).
#pragma once

#include <nuages/site/app.hpp>
#include <nuages/templates/library.hpp>

namespace nuages::contrib::humanize {

/// The app, for installed_apps: {% load humanize %}.
extern const site::App app;

/// The filters alone, for an engine without a site.
Ref<const templates::Library> library();

}  // namespace nuages::contrib::humanize

namespace nuages {
namespace humanize = contrib::humanize;
}

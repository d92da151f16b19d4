// Static files: CSS, scripts, images of a site and its apps (django.contrib.staticfiles and WhiteNoise).
//
// In development they are read from disk on each request; in a release they are part of the program and their addresses
// carry a hash of their content, so that browsers may keep them for ever.
#pragma once

#include <nuages/contrib/staticfiles/finder.hpp>
#include <nuages/http/middleware.hpp>
#include <nuages/site/app.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace nuages::contrib::staticfiles {

/// The app: commands collectstatic and findstatic, `{% static %}`, static files in runserver. Goes into INSTALLED_APPS.
extern const site::App app;

/// Serves static files in front of everything else, from disk or from the program. Stands right behind `security`.
extern const http::Middleware whitenoise;

/// The address of a static file (`{% static "css/site.css" %}`); with a hash in its name when the file is embedded.
std::string static_(std::string_view path);

/// The response for PATH ("css/site.css", or a name with a hash), conditional requests included; nothing when there is
/// no such file. Names with a hash may be kept for ever, others MAX_AGE_SECONDS.
std::optional<http::Response> serve(const http::Request& request, const Finder& finder, std::string_view path,
                                    std::int64_t max_age_seconds);

/// "css/site.0123456789ab.css"
std::string hashed_name(std::string_view path, std::string_view hash);

}  // namespace nuages::contrib::staticfiles

namespace nuages {
using contrib::staticfiles::static_;
using contrib::staticfiles::whitenoise;
}  // namespace nuages

// Uploaded files while a site is developed (django.conf.urls.static).
#pragma once

#include <nuages/urls/path.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nuages::site {

/// Routes for the files of DOCUMENT_ROOT below PREFIX ("media/", or an absolute path); none without DEBUG, and none for a
/// URL of another server: in production those are not the site's to send. For urls():
///     for (auto& route : site::static_urls(settings.media_url, settings.media_root)) urls.patterns.push_back(std::move(route));
/// Throws ImproperlyConfigured when PREFIX is empty.
std::vector<routing::UrlPattern> static_urls(std::string_view prefix, std::string document_root);

}  // namespace nuages::site

// The page that says that a form was refused (django.views.csrf).
#pragma once

#include <nuages/http/fwd.hpp>

#include <string_view>

namespace nuages::middleware::detail {

/// 403 from the template 403_csrf.html, else a page of our own; the reason stands there in debug only.
http::Response csrf_failure(http::Request& request, std::string_view reason, bool debug);

}  // namespace nuages::middleware::detail

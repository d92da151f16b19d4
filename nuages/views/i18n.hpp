// The view that changes a visitor's language (django.views.i18n).
#pragma once

#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>

namespace nuages::views {

/// Keeps the language that the form's field `language` names in the language cookie, which the locale middleware reads,
/// and redirects to the field `next`, else to where the form stood, else to "/"; never to another site. Without either,
/// for a script, 204. Only a POST changes anything: `path("i18n/setlang/", set_language)`.
http::Response set_language(http::Request& request);

}  // namespace nuages::views

namespace nuages {
using views::set_language;
}

// What a site's views.cpp and urls.cpp include: Request and the responses, routes, render and the other shortcuts,
// Paginator. Models come from the app's own models.hpp.
#pragma once

#include <nuages/core/paginator/paginator.hpp>
#include <nuages/http/errors.hpp>
#include <nuages/http/json.hpp>
#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>
#include <nuages/urls/path.hpp>
#include <nuages/urls/resolver.hpp>
#include <nuages/views/decorators.hpp>
#include <nuages/views/generic.hpp>
#include <nuages/views/shortcuts.hpp>
#include <nuages/views/template_response.hpp>

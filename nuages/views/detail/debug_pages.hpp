// The technical pages that DEBUG shows instead of the plain ones (django.views.debug). Everything is escaped; nothing
// is loaded from elsewhere.
#pragma once

#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>
#include <nuages/urls/resolver.hpp>
#include <nuages/views/base_handler.hpp>
#include <nuages/views/detail/traceback.hpp>

namespace nuages::templates {
struct SourcePlace;
}

namespace nuages::views::detail {

/// Everything that the page about an exception shows.
struct ErrorReport {
    Described error;
    std::string sql;                                                ///< of a DatabaseError
    const templates::SourcePlace* place = nullptr;                  ///< of a template's error
    std::vector<std::pair<std::string, std::string>> places_tried;  ///< of TemplateDoesNotExist
    std::vector<Frame> frames;
    NameValues settings;
};

/// The page, or plain text for a client that takes no HTML.
http::Response technical_500_response(http::Request& request, const ErrorReport& report, int status);

/// Which patterns were tried; TRIED may be null (a view threw Http404).
http::Response technical_404_response(http::Request& request, std::string_view message, const routing::Resolver404* tried);

}  // namespace nuages::views::detail

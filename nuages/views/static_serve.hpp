// Files of a folder as a view: uploads while a site is developed, or a small site's in production (django.views.static).
#pragma once

#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace nuages::views {

/// A view that sends the file `path` below its folder, with Last-Modified, an ETag and 304; ranges are the server's work.
/// Http404 for what is not there, for folders, hidden files and every way out of the folder.
class ServeFiles {
public:
    explicit ServeFiles(std::string document_root) : root_(std::move(document_root)) {}
    http::Response operator()(http::Request& request, std::string_view path) const;

private:
    std::string root_;
};

/// `path("media/<path:path>", serve("/srv/media"))`.
inline ServeFiles serve(std::string document_root) { return ServeFiles(std::move(document_root)); }

}  // namespace nuages::views

namespace nuages {
using views::serve;
}

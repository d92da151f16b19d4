#include <nuages/views/static_serve.hpp>

#include <nuages/http/conditional.hpp>
#include <nuages/http/errors.hpp>
#include <nuages/http/file_beneath.hpp>
#include <nuages/utils/http.hpp>

namespace nuages::views {

http::Response ServeFiles::operator()(http::Request& request, std::string_view path) const {
    const auto file = http::open_beneath(root_, path);
    if (!file) throw http::Http404("\"" + std::string(path) + "\" does not exist.");
    http::Response response({}, {.content_type = http::guess_content_type(path)});
    response.set_file(make_ref<http::FileBody>(file->descriptor, 0, file->size));
    const http::Validators validators{.etag = http::file_etag(file->modified_microseconds, file->size), .last_modified = DateTime{file->modified_microseconds}};
    response.set("ETag", validators.etag);
    response.set("Last-Modified", utils::http_date(*validators.last_modified));
    return http::conditional_response(request, validators, std::move(response));
}

}  // namespace nuages::views

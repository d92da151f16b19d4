// TemplateResponse: a page whose template is rendered after its view, so that decorators and middleware may still change
// the template and its names (django.template.response).
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/http/response.hpp>
#include <nuages/views/shortcuts.hpp>

#include <string>
#include <utility>
#include <vector>

namespace nuages::views {

/// What a TemplateResponse will be made of.
class TemplatePage final : public http::DeferredContent {
public:
    TemplatePage(http::Request* request, std::string using_engine) : request_(request), using_(std::move(using_engine)) {}

    std::vector<std::string> template_names;  ///< the first that exists
    std::vector<OwnedEntry> context_data;     ///< later entries hide earlier ones

    /// CALLBACK sees the response once its content is there: decorators that look at the content wait so.
    void add_post_render_callback(Function<void(http::Response&)> callback);
    void render(http::Response& response) override;

private:
    http::Request* request_;  // null: no context processors
    std::string using_;
    std::vector<Function<void(http::Response&)>> callbacks_;
};

/// The page of a response that is not rendered yet; null for any other.
TemplatePage* template_page(const http::Response& response);

namespace detail {
http::Response template_response(http::Request* request, std::vector<std::string> names, std::vector<OwnedEntry> context,
                                 const RenderOptions& options);
}

/// A page with the context processors' names: `TemplateResponse(request, "blog/detail.html", {{"article", article}})`.
/// Values are copied, as of render_stream(). The handler renders it; `response.render()` does so at once.
inline http::Response TemplateResponse(http::Request& request, std::string template_name,
                                       std::vector<OwnedEntry> context = {}, const RenderOptions& options = {}) {
    return detail::template_response(&request, {std::move(template_name)}, std::move(context), options);
}
/// The same with the first template that exists.
inline http::Response TemplateResponse(http::Request& request, std::vector<std::string> template_names,
                                       std::vector<OwnedEntry> context = {}, const RenderOptions& options = {}) {
    return detail::template_response(&request, std::move(template_names), std::move(context), options);
}
/// A page that knows no request.
inline http::Response SimpleTemplateResponse(std::string template_name, std::vector<OwnedEntry> context = {},
                                             const RenderOptions& options = {}) {
    return detail::template_response(nullptr, {std::move(template_name)}, std::move(context), options);
}

}  // namespace nuages::views

namespace nuages {
using views::SimpleTemplateResponse;
using views::TemplateResponse;
}  // namespace nuages

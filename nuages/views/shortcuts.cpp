#include <nuages/base/error.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/http/errors.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/views/detail/request_value.hpp>
#include <nuages/views/shortcuts.hpp>

#include <string>
#include <utility>

namespace nuages::views {

namespace {

std::vector<ContextProcessor>& processors() {
    static std::vector<ContextProcessor> list{context_processors::request};
    return list;
}

void prepare(templates::Context& context, http::Request& request) {
    context.request = &request;
    context.query = detail::query_lists(request);
    if (request.resolver_match.depth() > 1) context.current_app = request.resolver_match.namespace_();
    for (const ContextProcessor processor : processors()) processor(request, context);
    context.push();  // the view's own names hide the processors'
}

http::Response render_context(std::string_view template_name, templates::Context& context,
                              const RenderOptions& options) {
    http::Response response({}, {.status = options.status, .content_type = options.content_type});
    templates::engines(options.using_).get_template(template_name)->render(context, response.content);
    return response;
}

}  // namespace

http::Response render(http::Request& request, std::string_view template_name,
                      std::initializer_list<templates::ContextEntry> entries, const RenderOptions& options) {
    templates::Context context;
    prepare(context, request);
    context.update(entries);
    return render_context(template_name, context, options);
}

http::Response render(http::Request& request, std::string_view template_name, const templates::ContextData& entries,
                      const RenderOptions& options) {
    templates::Context context;
    prepare(context, request);
    context.update(entries);
    return render_context(template_name, context, options);
}

std::string render_to_string(std::string_view template_name, const templates::ContextData& entries,
                             http::Request* request) {
    templates::Context context;
    if (request) prepare(context, *request);
    context.update(entries);
    return templates::default_engine().render_to_string(template_name, context);
}

void set_context_processors(std::vector<ContextProcessor> list) { processors() = std::move(list); }

namespace context_processors {

void request(http::Request& request, templates::Context& context) {
    context.set("request", detail::request_value(request));
}

void query_stats(http::Request&, templates::Context& context) {
    context.set("query_stats", Value::callable([] {
                    const db::QueryStats& stats = *db::current_stats();
                    return Value::map({{"count", stats.count}, {"milliseconds", stats.milliseconds()}});
                }));
}

}  // namespace context_processors

namespace detail {

std::string resolve_url(std::string_view to, const routing::ReverseOptions& arguments) {
    const bool is_url = to.starts_with('/') || to.starts_with("./") || to.starts_with("../") ||
                        to.find("://") != std::string_view::npos;
    if (is_url && arguments.args.empty()) return std::string(to);
    try {
        return routing::reverse(to, arguments);
    } catch (const routing::NoReverseMatch&) {
        if (!arguments.args.empty() || to.find_first_of("/.") == std::string_view::npos) throw;
    }
    return std::string(to);
}

http::Response redirect_to(std::string_view url, const RedirectOptions& options) {
    return options.permanent ? http::HttpResponsePermanentRedirect(url, options.preserve_request)
                             : http::HttpResponseRedirect(url, options.preserve_request);
}

void throw_no_match(std::string_view model) {
    throw http::Http404("No " + std::string(model) + " matches the given query.");
}

}  // namespace detail

http::Response redirect(std::string_view to, const RedirectOptions& options) {
    return detail::redirect_to(detail::resolve_url(to, {}), options);
}

}  // namespace nuages::views

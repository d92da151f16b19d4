#include <nuages/base/error.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/http/errors.hpp>
#include <nuages/middleware/csrf.hpp>
#include <nuages/http/streaming.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/translation.hpp>
#include <nuages/views/detail/request_value.hpp>
#include <nuages/views/shortcuts.hpp>
#include <nuages/views/template_response.hpp>

#include <optional>
#include <string>
#include <utility>

namespace nuages::views {

namespace {

using Processors = std::vector<ContextProcessor>;

// By the alias of the engine; one that has none set gets `request`.
std::vector<std::pair<std::string, Processors>>& processors() {
    static std::vector<std::pair<std::string, Processors>> list;
    return list;
}

const Processors& processors_of(std::string_view alias) {
    static const Processors otherwise{context_processors::request};
    if (alias.empty()) alias = "default";
    for (const auto& [known, list] : processors()) {
        if (known == alias) return list;
    }
    return otherwise;
}

void prepare(templates::Context& context, http::Request& request, std::string_view alias) {
    context.request = &request;
    context.query = detail::query_lists(request);
    context.csrf_token = [&request] { return middleware::get_token(request); };
    context.set("csrf_token", Value::callable([&request] { return Value(middleware::get_token(request)); }));
    if (const std::string* app = routing::find_current_app(request)) context.current_app = *app;
    else if (request.resolver_match.depth() > 1) context.current_app = request.resolver_match.namespace_();
    for (const ContextProcessor processor : processors_of(alias)) processor(request, context);
    context.push();  // the view's own names hide the processors'
}

http::Response render_context(std::string_view template_name, templates::Context& context,
                              const RenderOptions& options) {
    http::Response response({}, {.status = options.status, .content_type = options.content_type});
    templates::engines(options.using_).get_template(template_name)->render(context, response.content);
    return response;
}

}  // namespace

void TemplatePage::render(http::Response& response) {
    templates::Context context;
    if (request_) prepare(context, *request_, using_);
    for (const OwnedEntry& entry : context_data) context.set(entry.name, entry.value);
    templates::engines(using_).select_template(template_names)->render(context, response.content);
    for (const auto& callback : std::exchange(callbacks_, {})) callback(response);
}

void TemplatePage::add_post_render_callback(Function<void(http::Response&)> callback) {
    callbacks_.push_back(std::move(callback));
}

TemplatePage* template_page(const http::Response& response) { return dynamic_cast<TemplatePage*>(response.deferred().get()); }

http::Response detail::template_response(http::Request* request, std::vector<std::string> names,
                                         std::vector<OwnedEntry> context, const RenderOptions& options) {
    auto page = make_ref<TemplatePage>(request, std::string(options.using_));
    page->template_names = std::move(names);
    page->context_data = std::move(context);
    http::Response response({}, {.status = options.status, .content_type = options.content_type});
    response.set_deferred(std::move(page));
    return response;
}

namespace {

// A page on its way, with what was active when it was asked for.
struct StreamedPage : RefCounted {
    Ref<const templates::Template> page;
    templates::Context context;
    std::vector<OwnedEntry> entries;
    std::optional<std::string> language;
    const timezone::TimeZone* zone = nullptr;

    void write(http::ResponseStream& out) {
        const translation::override active_language(language);
        const timezone::override active_zone(*zone);
        page->render_chunks(context, [&](std::string_view piece) { out.write(piece); });
    }
};

}  // namespace

http::Response render(http::Request& request, std::string_view template_name,
                      std::initializer_list<templates::ContextEntry> entries, const RenderOptions& options) {
    templates::Context context;
    prepare(context, request, options.using_);
    context.update(entries);
    return render_context(template_name, context, options);
}

http::Response render(http::Request& request, std::string_view template_name, const templates::ContextData& entries,
                      const RenderOptions& options) {
    templates::Context context;
    prepare(context, request, options.using_);
    context.update(entries);
    return render_context(template_name, context, options);
}

http::Response render_stream(http::Request& request, std::string_view template_name, std::vector<OwnedEntry> entries,
                             const RenderOptions& options) {
    auto streamed = make_ref<StreamedPage>();
    streamed->page = templates::engines(options.using_).get_template(template_name);
    streamed->language = translation::get_language();
    streamed->zone = &timezone::get_current_timezone();
    streamed->entries = std::move(entries);
    prepare(streamed->context, request, options.using_);
    for (const OwnedEntry& entry : streamed->entries) streamed->context.set(entry.name, entry.value);
    return http::StreamingHttpResponse([streamed](http::ResponseStream& out) { streamed->write(out); },
                                       {.status = options.status, .content_type = options.content_type});
}

std::string render_to_string(std::string_view template_name, const templates::ContextData& entries,
                             http::Request* request) {
    templates::Context context;
    if (request) prepare(context, *request, {});
    context.update(entries);
    return templates::default_engine().render_to_string(template_name, context);
}

void set_context_processors(std::vector<ContextProcessor> list, std::string_view alias) {
    for (auto& [known, former] : processors()) {
        if (known == alias) {
            former = std::move(list);
            return;
        }
    }
    processors().emplace_back(alias, std::move(list));
}

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

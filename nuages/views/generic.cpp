#include <nuages/base/error.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/q.hpp>
#include <nuages/views/generic.hpp>

#include <string>

namespace nuages::views {

namespace {

/// URL with %(name)s replaced by captures and %% by %.
std::string interpolated(std::string_view url, const http::ResolverMatch& match) {
    std::string out;
    for (std::size_t i = 0; i < url.size(); ++i) {
        if (url[i] != '%') {
            out += url[i];
            continue;
        }
        const std::size_t end = url.find(")s", i);
        if (i + 1 < url.size() && url[i + 1] == '%') {
            out += '%';
            ++i;
        } else if (i + 1 < url.size() && url[i + 1] == '(' && end != url.npos) {
            out += match.find(url.substr(i + 2, end - i - 2)).value_or("");
            i = end + 1;
        } else {
            throw ImproperlyConfigured("RedirectView: '" + std::string(url) +
                                       "' has a % that is neither %(name)s nor %%");
        }
    }
    return out;
}

routing::ReverseOptions arguments_of(const http::ResolverMatch& match) {
    routing::ReverseOptions options;
    for (const http::Capture& capture : match) {
        if (!capture.matched) continue;
        if (capture.name.empty()) {
            options.args.emplace_back(capture.text);
        } else {
            options.kwargs.emplace_back(std::string(capture.name), capture.text);
        }
    }
    return options;
}

}  // namespace

http::Response TemplateView::operator()(http::Request& request) const {
    templates::ContextData context = extra_context_;
    for (const http::Capture& capture : request.resolver_match) {
        if (capture.matched && !capture.name.empty()) context.emplace_back(capture.name, Value(capture.text));
    }
    return render(request, template_name_, context);
}

http::Response RedirectView::operator()(http::Request& request) const {
    std::string url;
    if (!options_.url.empty()) {
        url = interpolated(options_.url, request.resolver_match);
    } else if (!options_.pattern_name.empty()) {
        url = routing::reverse(options_.pattern_name, arguments_of(request.resolver_match));
    } else {
        return http::HttpResponseGone();
    }
    if (options_.query_string && !request.query_string.empty()) url.append("?").append(request.query_string);
    return detail::redirect_to(url, {.permanent = options_.permanent});
}

namespace detail {

std::string default_object_name(const db::models::ModelMeta& meta) { return meta.model_name; }

std::string default_template(const db::models::ModelMeta& meta, std::string_view suffix) {
    return meta.app_label + "/" + meta.model_name + std::string(suffix) + ".html";
}

std::string page_of(http::Request& request, const std::string& kwarg) {
    if (const auto captured = request.resolver_match.find(kwarg)) return std::string(*captured);
    const auto asked = request.GET.find(kwarg);
    return asked && !asked->empty() ? std::string(*asked) : "1";
}

void throw_invalid_page(std::string_view page, std::string_view reason) {
    throw http::Http404("Invalid page (" + std::string(page) + "): " + std::string(reason));
}

void throw_empty_list(const db::models::ModelMeta& meta) {
    throw http::Http404("Empty list and '" + meta.object_name + "ListView.allow_empty' is False.");
}

void throw_no_detail(const db::models::ModelMeta& meta) {
    throw http::Http404("No " + meta.verbose_name + " found matching the query");
}

db::models::Query detail_query(http::Request& request, const db::models::Query& rows,
                               const DetailViewOptions& options) {
    using namespace db::models;
    if (const auto pk = request.resolver_match.find(options.pk_url_kwarg))
        return rows.filter(QNode(Name(std::string("pk")), Literal(std::string(*pk))));
    if (const auto slug = request.resolver_match.find(options.slug_url_kwarg))
        return rows.filter(QNode(Name(std::string(options.slug_field)), Literal(std::string(*slug))));
    throw ImproperlyConfigured("The generic detail view of " + rows.meta().object_name +
                               " must be called with either an object pk or a slug in the URLconf.");
}

}  // namespace detail
}  // namespace nuages::views

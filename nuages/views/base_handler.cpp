#include <nuages/async/errors.hpp>
#include <nuages/base/error.hpp>
#include <nuages/base/log.hpp>
#include <nuages/db/database.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/http/errors.hpp>
#include <nuages/http/response.hpp>
#include <nuages/http/signals.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/templates/errors.hpp>
#include <nuages/utils/url.hpp>
#include <nuages/views/base_handler.hpp>
#include <nuages/views/detail/debug_pages.hpp>
#include <nuages/views/detail/request_value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace nuages::views {

namespace {

/// Marks an exchange whose error is in the log already.
struct Logged {};

void log_once(http::Request& request, log::Level level, std::string_view logger, const std::string& message) {
    request.slot<Logged>();
    log::write(level, logger, message);
}

/// The page of an error without debug: the site's view, its template, or a plain one.
http::Response plain_page(http::Request& request, const HandlerOptions& options, int status, std::string_view title, std::string_view details,
                          std::string_view exception) {
    const routing::UrlResolver* const own = routing::find_urlconf(request);
    if (const routing::ErrorView* view = (own ? own : options.resolver.get())->error_view(status)) {
        try {
            return (*view)(request, exception);
        } catch (const async::Cancelled&) {
            throw;
        } catch (const std::exception& error) {
            log::error("nuages.request", "handler" + std::to_string(status) + " failed: " + error.what());
        }
    }
    const std::string name = std::to_string(status) + ".html";
    http::Response response({}, {.status = status});
    try {
        const auto page = templates::default_engine().get_template(name);
        templates::Context context;
        context.request = &request;
        context.set("request", detail::request_value(request));
        context.set("request_path", Value(utils::quote(request.path)));  // no words of whoever made the link
        context.set("exception", Value(exception));
        page->render(context, response.content);
        return response;
    } catch (const templates::TemplateDoesNotExist&) {
    } catch (const ImproperlyConfigured&) {  // no engine
    } catch (const std::exception& error) {
        log::error("nuages.request", "the template " + name + " failed: " + error.what());
    }
    response.content.assign("<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>")
        .append(title)
        .append("</title>\n</head>\n<body>\n  <h1>")
        .append(title)
        .append("</h1><p>")
        .append(details)
        .append("</p>\n</body>\n</html>\n");
    return response;
}

detail::ErrorReport make_report(const HandlerOptions& options) {
    detail::ErrorReport report;
    report.error = detail::describe_current_exception();
    report.frames = detail::resolve(detail::throw_addresses(std::current_exception()));
    if (options.debug && options.settings) report.settings = options.settings();
    return report;
}

http::Response technical_page(http::Request& request, detail::ErrorReport report, int status) {
    try {
        throw;
    } catch (const templates::TemplateDoesNotExist& error) {
        if (error.has_place()) report.place = &error.place();
        for (const auto& tried : error.tried()) report.places_tried.emplace_back(tried.origin, tried.reason);
        return detail::technical_500_response(request, report, status);
    } catch (const templates::TemplateError& error) {
        if (error.has_place()) report.place = &error.place();
        return detail::technical_500_response(request, report, status);
    } catch (const db::DatabaseError& error) {
        report.sql = error.sql();
        return detail::technical_500_response(request, report, status);
    } catch (...) {
        return detail::technical_500_response(request, report, status);
    }
}

http::Response not_found(http::Request& request, const HandlerOptions& options, const http::Http404& error) {
    const auto* tried = dynamic_cast<const routing::Resolver404*>(&error);
    if (options.debug) {
        if (tried && options.fallback && request.path_info() == "/" && tried->tried().size() <= 1)
            return options.fallback(request);
        return detail::technical_404_response(request, tried ? "" : error.what(), tried);
    }
    return plain_page(request, options, 404, "Not Found", "The requested resource was not found on this server.",
                      tried ? "Resolver404" : error.what());
}

http::Response bad_request(http::Request& request, const HandlerOptions& options, int status) {
    if (options.debug) return technical_page(request, make_report(options), status);
    http::Response response = plain_page(request, options, 400, "Bad Request (400)", "", "");
    response.status_code = status;
    return response;
}

http::Response server_error(http::Request& request, const HandlerOptions& options) {
    detail::ErrorReport report = make_report(options);
    std::string message = "Internal Server Error: " + std::string(request.path) + "\n";
    if (!report.frames.empty())
        message += "Traceback (most recent call last):\n" + detail::traceback_text(report.frames);
    log_once(request, log::Level::error, "nuages.request", message + report.error.type + ": " + report.error.message);
    if (options.debug) return technical_page(request, std::move(report), 500);
    return plain_page(request, options, 500, "Server Error (500)", "", "");
}

/// What Django logs about answers that no exception made.
void log_response(http::Request& request, const http::Response& response) {
    if (response.status_code < 400 || request.find_slot<Logged>()) return;
    const std::string message = std::string(response.reason_phrase()) + ": " + std::string(request.path);
    if (response.status_code >= 500) {
        log::error("nuages.request", message);
    } else {
        log::warning("nuages.request", message);
    }
}

/// The view, inside a transaction of every database that has ATOMIC_REQUESTS.
http::Response call_view(http::Request& request, std::size_t database = 0) {
    const db::Databases& all = db::databases();
    while (database < all.size() && !all[database]->url().atomic_requests) ++database;
    if (database == all.size()) return routing::UrlResolver::call(request.resolver_match, request);
    return db::atomic([&] { return call_view(request, database + 1); }, {.using_ = all[database]->alias()});
}

/// Makes a page that was put off (TemplateResponse), after middleware has had its say.
http::Response rendered(http::Request& request, http::Response response) {
    if (response.is_rendered()) return response;
    if (auto* hooks = request.find_slot<http::TemplateResponseHooks>())
        for (auto hook = hooks->rbegin(); hook != hooks->rend(); ++hook) (*hook)(request, response);
    response.render();
    return response;
}

/// What middleware answers to the exception that is being handled. It may throw another one.
std::optional<http::Response> ask_exception_hooks(http::Request& request) {
    if (const auto* hooks = request.find_slot<http::ExceptionHooks>())
        for (auto hook = hooks->rbegin(); hook != hooks->rend(); ++hook)
            if (auto response = (*hook)(request)) return response;
    return std::nullopt;
}

/// What stands inside all middleware.
http::Response answer(const HandlerOptions& options, http::Request& request) {
    const routing::UrlResolver* const own = request.has_slots() ? routing::find_urlconf(request) : nullptr;
    if (auto response = (own ? own : options.resolver.get())->prepare(request)) return *std::move(response);
    try {
        const bool is_apart = request.resolver_match.has_flag(http::RouteFlag::non_atomic);
        http::Response response = is_apart ? routing::UrlResolver::call(request.resolver_match, request) : call_view(request);
        if (!response.is_rendered()) response = rendered(request, std::move(response));
        return response;
    } catch (const async::Cancelled&) {
        throw;
    } catch (...) {
        if (auto response = ask_exception_hooks(request)) return *std::move(response);
        throw;
    }
}

/// Middleware has given the request a resolver of its own: it holds for a stream too, and for nothing after the request.
void keep_urlconf(const http::Request& request, http::Response& response) {
    const Ref<const routing::UrlResolver> own(routing::find_urlconf(request));
    if (!own || !response.streaming()) return;
    response.set_streaming_content(
        [own, write = response.streaming_content()](http::ResponseStream& out) {
            const routing::override_urlconf scope(own);
            write(out);
        },
        response.is_endless());
}

/// Sends request_finished when the last one goes who has a part in the answer.
struct Finished : RefCounted {
    ~Finished() override { http::signals::request_finished().send_robust(); }
};

http::Response with_signals(const http::Handler& handler, http::Request& request) {
    const Ref<Finished> finished = make_ref<Finished>();
    http::signals::request_started().send_robust(request);
    http::Response response = handler(request);
    if (response.streaming()) {
        response.set_streaming_content(
            [finished, write = response.streaming_content()](http::ResponseStream& out) { write(out); },
            response.is_endless());
    }
    return response;
}

/// The signals are kept here, so that asking them costs a load each.
struct Shared : RefCounted {
    explicit Shared(HandlerOptions o) : options(std::move(o)) {}
    bool has_listeners() const { return started.has_listeners() || finished.has_listeners(); }

    HandlerOptions options;
    const signals::Signal<http::Request&>& started = http::signals::request_started();
    const signals::Signal<>& finished = http::signals::request_finished();
};

}  // namespace

http::Response response_for_exception(http::Request& request, const HandlerOptions& options) {
    const std::string path(request.path);
    try {
        throw;
    } catch (const async::Cancelled&) {
        throw;
    } catch (const http::Http404& error) {
        log_once(request, log::Level::warning, "nuages.request", "Not Found: " + path);
        return not_found(request, options, error);
    } catch (const PermissionDenied& error) {
        log_once(request, log::Level::warning, "nuages.request", "Forbidden (Permission denied): " + path);
        return plain_page(request, options, 403, "403 Forbidden", "", error.what());
    } catch (const http::BadRequest&) {
        log_once(request, log::Level::warning, "nuages.request", "Bad Request: " + path);
        return bad_request(request, options, 400);
    } catch (const http::RequestDataTooBig& error) {
        log_once(request, log::Level::error, "nuages.security.RequestDataTooBig", error.what());
        return bad_request(request, options, 413);
    } catch (const SuspiciousOperation& error) {
        log_once(request, log::Level::error, "nuages.security." + std::string(error.name()), error.what());
        return bad_request(request, options, 400);
    } catch (...) {
        if (http::signals::got_request_exception().has_listeners())
            http::signals::got_request_exception().send_robust(request);
        if (request.find_slot<RaiseRequestException>()) throw;
        return server_error(request, options);
    }
}

http::Handler base_handler(HandlerOptions options) {
    detail::capture_throws(options.debug);
    const Ref<Shared> shared = make_ref<Shared>(std::move(options));
    const http::Handler resolver = [shared](http::Request& request) {
        return answer(shared->options, request);
    };
    const http::Handler handler = http::chain(shared->options.middleware, resolver, [shared](http::Request& request) {
        return response_for_exception(request, shared->options);
    });
    return [handler, shared](http::Request& request) {
        const struct Urlconf {
            http::Request& request;
            ~Urlconf() {
                if (request.has_slots() && routing::find_urlconf(request)) routing::forget_urlconf();
            }
        } urlconf{request};
        http::Response response = shared->has_listeners() ? with_signals(handler, request) : handler(request);
        response.render();  // of middleware that answers by itself
        if (request.has_slots()) keep_urlconf(request, response);
        log_response(request, response);
        return response;
    };
}

}  // namespace nuages::views

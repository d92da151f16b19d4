#include <nuages/base/error.hpp>
#include <nuages/http/response.hpp>
#include <nuages/middleware/detail/csrf_page.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/utils/html.hpp>

namespace nuages::middleware::detail {

http::Response csrf_failure(http::Request& request, std::string_view reason, bool debug) {
    http::Response response({}, {.status = 403});
    try {
        const auto page = templates::default_engine().get_template("403_csrf.html");
        templates::Context context;
        context.request = &request;
        context.set("title", Value::borrow("Forbidden"));
        context.set("main", Value::borrow("CSRF verification failed. Request aborted."));
        context.set("reason", Value(reason));
        context.set("DEBUG", Value(debug));
        page->render(context, response.content);
        return response;
    } catch (const templates::TemplateDoesNotExist&) {
    } catch (const ImproperlyConfigured&) {  // no engine
    }
    response.content =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>403 Forbidden</title>\n</head>\n<body>\n"
        "  <h1>Forbidden <span>(403)</span></h1>\n  <p>CSRF verification failed. Request aborted.</p>\n";
    if (debug) {
        response.content.append("  <h2>Reason given for failure:</h2>\n  <pre>").append(utils::escape(reason)).append("</pre>\n");
        response.content.append(
            "  <p>A form needs <code>{% csrf_token %}</code> inside its <code>&lt;form&gt;</code>; a script sends the token in the "
            "<code>X-CSRFToken</code> header; the <code>csrf</code> middleware, or <code>csrf_protect</code>, must be in use "
            "where the page is made and where it is posted to; the browser must accept cookies.</p>\n");
    } else {
        response.content.append("  <p>More information is available with <code>.debug = true</code>.</p>\n");
    }
    response.content.append("</body>\n</html>\n");
    return response;
}

}  // namespace nuages::middleware::detail

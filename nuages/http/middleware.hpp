// Middleware: plain functions around the view, each with its place in the order.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/http/fwd.hpp>
#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace nuages::http {

/// Answers a request. Erased once, at start-up.
using Handler = Function<Response(Request&)>;

/// The rest of the chain: `Response response = next(request);`.
class Next {
public:
    Response operator()(Request& request) const;

private:
    friend class MiddlewareChain;
    Next(const class MiddlewareChain& chain, std::size_t index) : chain_(chain), index_(index) {}
    const class MiddlewareChain& chain_;
    std::size_t index_;
};

/// What middleware wants to do between the resolver and the view, when `resolver_match` is known: a slot of the request.
/// The first response answers instead of the view (Django: process_view).
using ViewHook = Function<std::optional<Response>(Request&)>;
using ViewHooks = std::vector<ViewHook>;

/// What middleware wants to do with a response whose template is not rendered yet: a slot of the request, as ViewHooks
/// (Django: process_template_response). Called in the reverse order of the middleware, which add themselves on the way in.
using TemplateResponseHook = Function<void(Request&, Response&)>;
using TemplateResponseHooks = std::vector<TemplateResponseHook>;

/// What middleware wants to answer when a view, or its template, throws: a slot of the request, as ViewHooks (Django:
/// process_exception). `throw;` names the exception. Asked in the reverse order; the first response answers.
using ExceptionHook = Function<std::optional<Response>(Request&)>;
struct ExceptionHooks : std::vector<ExceptionHook> {};  // not the type of ViewHooks

/// One middleware. A constant at namespace scope; addresses and copies are equal.
struct Middleware {
    const char* name = "";
    /// Names of middleware that must stand before this one, if they are there.
    const char* after[8] = {};
    Response (*call)(Request&, const Next&) = nullptr;
};

/// Makes a response of the exception that is being handled (`throw;` names it, and lets go what is no error of the
/// request). Every layer is guarded, so that outer middleware sees a response: a 404 gets its security headers too.
using ExceptionHandler = Function<Response(Request&)>;

/// The middleware of a site around its innermost handler.
class MiddlewareChain : public RefCounted {
public:
    /// Throws ImproperlyConfigured when one stands before something that it must come after, or stands there twice.
    MiddlewareChain(std::vector<Middleware> middleware, Handler innermost, ExceptionHandler on_exception = {});

    Response operator()(Request& request) const { return Next(*this, 0)(request); }

private:
    friend class Next;
    std::vector<Middleware> middleware_;
    Handler innermost_;
    ExceptionHandler on_exception_;
};

/// The chain as one handler.
Handler chain(std::vector<Middleware> middleware, Handler innermost, ExceptionHandler on_exception = {});

}  // namespace nuages::http

namespace nuages {
using http::Handler;
}

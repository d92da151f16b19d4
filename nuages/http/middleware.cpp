#include <nuages/http/middleware.hpp>

#include <string_view>

namespace nuages::http {

Response Next::operator()(Request& request) const {
    try {
        if (index_ == chain_.middleware_.size()) return chain_.innermost_(request);
        return chain_.middleware_[index_].call(request, Next(chain_, index_ + 1));
    } catch (...) {
        if (chain_.on_exception_) return chain_.on_exception_(request);
        throw;
    }
}

MiddlewareChain::MiddlewareChain(std::vector<Middleware> middleware, Handler innermost, ExceptionHandler on_exception)
    : middleware_(std::move(middleware)), innermost_(std::move(innermost)), on_exception_(std::move(on_exception)) {
    const auto position = [&](std::string_view name, std::size_t from) {
        for (std::size_t i = from; i < middleware_.size(); ++i)
            if (middleware_[i].name == name) return i;
        return middleware_.size();
    };
    for (std::size_t i = 0; i < middleware_.size(); ++i) {
        const Middleware& current = middleware_[i];
        const std::string name = current.name;
        if (!current.call) throw ImproperlyConfigured("The middleware '" + name + "' has no function to call.");
        if (position(name, i + 1) != middleware_.size())
            throw ImproperlyConfigured("The middleware '" + name + "' stands twice in MIDDLEWARE.");
        for (const char* before : current.after) {
            if (before && position(before, i + 1) != middleware_.size())
                throw ImproperlyConfigured("The middleware '" + name + "' must come after '" + before +
                                           "' in MIDDLEWARE.");
        }
    }
}

Handler chain(std::vector<Middleware> middleware, Handler innermost, ExceptionHandler on_exception) {
    if (middleware.empty() && !on_exception) return innermost;
    return [chain = make_ref<MiddlewareChain>(std::move(middleware), std::move(innermost), std::move(on_exception))](
               Request& request) { return (*chain)(request); };
}

}  // namespace nuages::http

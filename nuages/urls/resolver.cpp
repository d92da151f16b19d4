#include <nuages/urls/resolver.hpp>

#include <nuages/base/context_value.hpp>
#include <nuages/http/middleware.hpp>
#include <nuages/urls/detail/table.hpp>
#include <nuages/utils/value.hpp>

#include <algorithm>

namespace nuages::routing {

namespace {

void collect_names(Level& level) {
    for (auto node = level.nodes.rbegin(); node != level.nodes.rend(); ++node) {
        if (!node->level) {
            if (!node->name.empty()) level.routes.push_back({node->name, {&*node}});
            continue;
        }
        const auto below = [&](const Chain& chain) {
            Chain whole{&*node};
            whole.insert(whole.end(), chain.begin(), chain.end());
            return whole;
        };
        const auto instances_of = [&](const std::string& app_name) -> std::vector<std::string>& {
            for (AppInstances& app : level.apps)
                if (app.app_name == app_name) return app.namespaces;
            return level.apps.emplace_back(AppInstances{app_name, {}}).namespaces;
        };
        const auto set_namespace = [&](const std::string& name, const Level* target, Chain chain) {
            std::erase_if(level.namespaces, [&](const NamedLevel& known) { return known.name == name; });
            level.namespaces.push_back({name, target, std::move(chain)});
        };
        const Level& child = *node->level;
        if (!node->app_name.empty()) {
            instances_of(node->app_name).push_back(node->namespace_);
            set_namespace(node->namespace_, &child, {&*node});
            continue;
        }
        for (const NamedRoute& route : child.routes) level.routes.push_back({route.name, below(route.chain)});
        for (const NamedLevel& named : child.namespaces) set_namespace(named.name, named.level, below(named.chain));
        for (const AppInstances& app : child.apps) {
            auto& instances = instances_of(app.app_name);
            instances.insert(instances.end(), app.namespaces.begin(), app.namespaces.end());
        }
    }
}

Level* build_level(Urls urls, std::size_t depth) {
    if (depth >= http::ResolverMatch::kDepthMax)
        throw ImproperlyConfigured("The included URLconfs are nested more than " +
                                   std::to_string(http::ResolverMatch::kDepthMax) +
                                   " deep. If you see the same routes again and again, an include() leads to itself.");
    Level* level = new Level;
    try {
        level->patterns = std::move(urls.patterns);
        level->nodes.resize(level->patterns.size());
        for (std::size_t i = 0; i < level->nodes.size(); ++i) {
            Node& node = level->nodes[i];
            node.pattern = &level->patterns[i].pattern();
            node.route = node.pattern->route;
            node.name = node.pattern->options.name;
            node.kwargs = node.pattern->options.kwargs;
            node.flags = node.pattern->options.flags;
            if (!node.pattern->include) continue;
            if (node.pattern->language_prefix != LanguagePrefix::none && depth > 0)
                throw ImproperlyConfigured("Using i18n_patterns in an included URLconf is not allowed.");
            Urls included = node.pattern->include->urls();
            node.namespace_ = node.pattern->include->namespace_;
            node.app_name = included.app_name;
            if (!node.namespace_.empty() && node.app_name.empty())
                throw ImproperlyConfigured(
                    "Specifying a namespace in include() without providing an app_name is not supported. Set the "
                    "app_name of the included Urls.");
            if (node.namespace_.empty()) node.namespace_ = node.app_name;
            node.level = build_level(std::move(included), depth + 1);
        }
        std::vector<const Pattern*> patterns;
        for (const Node& node : level->nodes) patterns.push_back(node.pattern);
        level->index.build(patterns);
        collect_names(*level);
    } catch (...) {
        delete level;
        throw;
    }
    return level;
}

bool find_in(const Level& level, std::string_view path, http::ResolverMatch& match) {
    const std::uint64_t last = RouteIndex::last_bytes(path);
    const std::size_t depth = match.depth(), captures = match.captures();
    PatternMatch found;
    for (const RouteIndex::Candidate& candidate : level.index.candidates(path)) {
        const Node& node = level.nodes[candidate.route];
        if (!candidate.may_end(last) || !node.pattern->match(path, found)) continue;
        bool fits = match.push(static_cast<const http::RouteInfo&>(node));
        for (std::size_t i = 0; i < found.count; ++i) fits = fits && match.push(found.captures[i]);
        if (fits && (!node.level || find_in(*node.level, path.substr(found.end), match))) return true;
        match.pop_to(depth, captures);
    }
    return false;
}

// What Django lists as tried: routes, and includes whose own part did not match.
void collect_tried(const Level& level, std::string_view path, std::vector<const http::RouteInfo*>& above,
                   Resolver404::Tried& tried) {
    PatternMatch found;
    for (const Node& node : level.nodes) {
        above.push_back(&node);
        if (node.level && node.pattern->match(path, found)) {
            collect_tried(*node.level, path.substr(found.end), above, tried);
        } else {
            tried.push_back(above);
        }
        above.pop_back();
    }
}

void visit_routes(const Level& level, std::vector<const http::RouteInfo*>& above,
                  FunctionRef<void(const std::vector<const http::RouteInfo*>&)> visit) {
    for (const Node& node : level.nodes) {
        above.push_back(&node);
        if (node.level) {
            visit_routes(*node.level, above, visit);
        } else {
            visit(above);
        }
        above.pop_back();
    }
}

std::string_view without_slash(std::string_view path) { return path.substr(!path.empty() && path[0] == '/'); }

const Node& node_of(const http::RouteInfo& info) { return static_cast<const Node&>(info); }

// Set once at start-up, before requests are served.
Ref<const UrlResolver>& current_resolver() {
    static Ref<const UrlResolver> resolver;
    return resolver;
}

// A slot of a request, and what get_resolver() looks at first.
struct RequestUrlconf {
    Ref<const UrlResolver> resolver;
};
const ContextValue<RequestUrlconf> present_urlconf;

}  // namespace

Resolver404::Resolver404(std::string path, Tried tried)
    : Http404("No route matches '" + path + "'."), path_(std::move(path)), tried_(std::move(tried)) {}

UrlResolver::UrlResolver(Urls (*urls)()) : UrlResolver(urls()) {}
UrlResolver::UrlResolver(Urls urls) : root_(nullptr) {
    ErrorView views[] = {std::move(urls.handler400), std::move(urls.handler403), std::move(urls.handler404),
                         std::move(urls.handler500)};
    root_ = new Root{build_level(std::move(urls), 0), {}};
    std::move(std::begin(views), std::end(views), root_->error_views);
}
UrlResolver::~UrlResolver() {
    delete root_->level;
    delete root_;
}

const ErrorView* UrlResolver::error_view(int status) const {
    constexpr int kStatuses[] = {400, 403, 404, 500};
    for (std::size_t i = 0; i < std::size(kStatuses); ++i)
        if (kStatuses[i] == status && root_->error_views[i]) return &root_->error_views[i];
    return nullptr;
}

UrlResolver::LanguagePrefixes UrlResolver::language_prefixes() const {
    for (const Node& node : root_->level->nodes)
        if (node.pattern->language_prefix != LanguagePrefix::none)
            return {true, node.pattern->language_prefix == LanguagePrefix::always};
    return {};
}

bool UrlResolver::find(std::string_view path, http::ResolverMatch& match) const {
    match.clear();
    if (path.empty() || path[0] != '/') return false;
    return find_in(*root_->level, path.substr(1), match);
}

http::ResolverMatch UrlResolver::resolve(std::string_view path) const {
    http::ResolverMatch match;
    if (find(path, match)) return match;
    Resolver404::Tried tried;
    std::vector<const http::RouteInfo*> above;
    if (!path.empty() && path[0] == '/') collect_tried(*root_->level, path.substr(1), above, tried);
    throw Resolver404(std::string(without_slash(path)), std::move(tried));
}

void UrlResolver::each(FunctionRef<void(const std::vector<const http::RouteInfo*>& chain)> visit) const {
    std::vector<const http::RouteInfo*> above;
    visit_routes(*root_->level, above, visit);
}

std::optional<http::Response> UrlResolver::prepare(http::Request& request) const {
    if (!find(request.path_info(), request.resolver_match)) resolve(request.path_info());
    if (!request.has_slots()) return std::nullopt;
    if (const auto* hooks = request.find_slot<http::ViewHooks>()) {
        for (const http::ViewHook& hook : *hooks)
            if (auto response = hook(request)) return response;
    }
    return std::nullopt;
}

http::Response UrlResolver::operator()(http::Request& request) const {
    if (auto response = prepare(request)) return *std::move(response);
    return call(request.resolver_match, request);
}

http::Response UrlResolver::call(const http::ResolverMatch& match, http::Request& request) {
    const Pattern& pattern = *node_of(match.level(match.depth() - 1)).pattern;
    const std::size_t own = pattern.parameters_count();
    return pattern.view(request, match.end() - own);
}

namespace {

using Keywords = std::vector<KeywordArgument>;

// Python's {**to, **more}: a known name keeps its place.
void update(Keywords& to, const Keywords& more) {
    for (const KeywordArgument& keyword : more) {
        const auto known = std::find_if(to.begin(), to.end(), [&](const auto& k) { return k.name == keyword.name; });
        if (known == to.end()) {
            to.push_back(keyword);
        } else {
            *known = keyword;
        }
    }
}

}  // namespace

MatchArguments arguments_of(const http::ResolverMatch& match) {
    MatchArguments out;
    const http::Capture* end = match.end();
    for (std::size_t i = match.depth(); i-- > 0;) {
        const Node& node = node_of(match.level(i));
        const http::Capture* const begin = end - node.pattern->parameters_count();
        std::vector<const http::Capture*> args;
        Keywords captured, extra;
        for (const http::Capture* capture = begin; capture != end; ++capture) {
            if (capture->name.empty()) {
                args.push_back(capture);
            } else if (capture->matched) {
                captured.push_back({capture->name, capture});
            }
        }
        for (const auto& [name, value] : node.kwargs) extra.push_back({name, nullptr, value});
        const bool is_route = i + 1 == match.depth();
        if (is_route) out.captured_kwargs = captured;
        update(captured, extra);
        update(captured, out.kwargs);
        update(extra, out.extra_kwargs);
        out.kwargs = std::move(captured);
        out.extra_kwargs = std::move(extra);
        if (is_route || out.kwargs.empty()) out.args.insert(out.args.begin(), args.begin(), args.end());
        end = begin;
    }
    return out;
}

void set_urlconf(Ref<const UrlResolver> resolver) { current_resolver() = std::move(resolver); }

void set_urlconf(http::Request& request, Ref<const UrlResolver> resolver) {
    present_urlconf.get().resolver = resolver;
    request.slot<RequestUrlconf>().resolver = std::move(resolver);
}

const UrlResolver* find_urlconf(const http::Request& request) {
    const RequestUrlconf* own = request.find_slot<RequestUrlconf>();
    return own ? own->resolver.get() : nullptr;
}

void forget_urlconf() { present_urlconf.get().resolver = nullptr; }

namespace {
struct CurrentApp {
    std::string name;
};
}  // namespace

void set_current_app(http::Request& request, std::string current_app) {
    request.slot<CurrentApp>().name = std::move(current_app);
}

const std::string* find_current_app(const http::Request& request) {
    const CurrentApp* const app = request.find_slot<CurrentApp>();
    return app ? &app->name : nullptr;
}

override_urlconf::override_urlconf(Ref<const UrlResolver> resolver)
    : former_(std::exchange(present_urlconf.get().resolver, std::move(resolver))) {}
override_urlconf::~override_urlconf() { present_urlconf.get().resolver = std::move(former_); }

const UrlResolver& get_resolver() {
    if (const RequestUrlconf* own = present_urlconf.find(); own && own->resolver) return *own->resolver;
    if (const UrlResolver* resolver = current_resolver().get()) return *resolver;
    throw ImproperlyConfigured("There is no URL configuration yet: routing::set_urlconf() was not called.");
}

http::ResolverMatch resolve(std::string_view path) { return get_resolver().resolve(path); }

}  // namespace nuages::routing

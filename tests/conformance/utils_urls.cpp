// django.urls: route tables are built from the data at run time.
#include "template_values.hpp"

#include <nuages/http/response.hpp>
#include <nuages/urls/detail/pattern.hpp>
#include <nuages/urls/resolver.hpp>
#include <nuages/utils/base64.hpp>

#include <algorithm>

namespace nuages::conformance {
namespace {

using routing::Include;
using routing::PathOptions;
using routing::UrlPattern;

// An include that leads to itself is entered this often on one way down.
constexpr int kSameIncludeMax = 2;

// Extra arguments keep their JSON text when matches are looked at, their Python text when names are reversed.
enum class Extras { json_text, python_text };

class TableBuilder {
public:
    TableBuilder(const File& file, Extras extras) : tables_(file.content.at("urlconfs").as_object()), extras_(extras) {}

    Urls build(std::string_view name) {
        stack_.emplace_back(name);
        Urls urls = build(tables_.at(name).as_array());
        stack_.pop_back();
        return urls;
    }

private:
    Urls build(const json::array& rows) {
        Urls urls;
        for (const json::value& row : rows) urls.patterns.push_back(pattern(row.as_object()));
        return urls;
    }

    UrlPattern pattern(const json::object& row) {
        const std::string kind = str(row.at("kind"));
        if (kind != "path" && kind != "re_path") throw Skip("not yet: " + kind);
        const std::string route = str(row.at("route"));
        const auto get = [&](std::string_view key) {
            const json::value* found = row.if_contains(key);
            return found && !found->is_null() ? str(*found) : std::string{};
        };
        PathOptions options{.name = get("name")};
        if (const json::value* defaults = row.if_contains("defaults"))
            for (const auto& [key, value] : defaults->as_object())
                options.kwargs.emplace_back(key, extras_ == Extras::json_text ? json::serialize(value) : str(value));
        if (!row.contains("children") && !row.contains("include")) {
            const routing::View view = [](Request&, const http::Capture*) { return Response(); };
            return kind == "path" ? UrlPattern::make_path(route, view, options)
                                  : UrlPattern::make_re_path(route, view, options);
        }
        Urls included;
        if (const json::value* children = row.if_contains("children")) {
            included = build(children->as_array());
        } else if (const std::string name = str(row.at("include"));
                   std::count(stack_.begin(), stack_.end(), name) < kSameIncludeMax) {
            included = build(name);
        }
        included.app_name = get("app_name");
        return UrlPattern::make_include(route, kind == "re_path", routing::include(std::move(included), get("namespace")),
                                        options);
    }

    const json::object& tables_;
    Extras extras_;
    std::vector<std::string> stack_;
};

std::string decoded(std::string_view text) { return utils::base64_decode(text).value(); }

bool accept_any(std::string_view, http::Capture&) { return true; }

void need_converters(const Case& one) {
    routing::register_converter({"base64", "[a-zA-Z0-9+/]*={0,2}", accept_any});
    // Django's tests change the functions of these two from test to test.
    routing::register_converter({"dynamic", "[0-9a-zA-Z]+", accept_any});
    routing::register_converter({"to_url_value_error", "[0-9a-zA-Z]+", accept_any});
    if (one.has("needs_custom_converter") && one.has("error"))
        throw Skip("a converter of Django's tests whose functions are not in the data");
}

json::value value_of(const http::Capture& capture) {
    if (!capture.matched) return nullptr;
    if (const auto* converter = static_cast<const routing::Converter*>(capture.converter)) {
        if (converter->name == "int") return capture.number;
        if (converter->name == "uuid") return {{"$type", "uuid"}, {"value", capture.text}};
        if (converter->name == "base64") return bytes(decoded(capture.text));
    }
    return json::value(capture.text);
}

json::value path_match(const Case& one) {
    need_converters(one);
    const std::string path = str(one.at("path"));
    const routing::View view = [](Request&, const http::Capture*) { return Response(); };
    const std::string route = str(one.at("route"));
    const UrlPattern pattern = one.at("is_endpoint").as_bool() ? UrlPattern::make_path(route, view)
                                                               : UrlPattern::make_include(route, false, Include{});
    routing::PatternMatch match;
    if (!pattern.pattern().match(path, match)) return nullptr;
    json::object kwargs;
    for (std::size_t i = 0; i < match.count; ++i) kwargs[match.captures[i].name] = value_of(match.captures[i]);
    return {{"rest", path.substr(match.end)}, {"kwargs", kwargs}};
}

routing::Argument argument(const json::value& value) {
    if (type_tag(value) == "bytes") return routing::Argument(str(value.at("base64")));
    routing::Argument argument(str(value));
    argument.is_number = value.is_number() || value.is_bool() || value.is_null();
    return argument;
}

void take_arguments(routing::ReverseOptions& options, const json::value& args, const json::value& kwargs) {
    const json::value list = normalized(args);
    if (const auto* items = list.if_array())
        for (const json::value& item : *items) options.args.push_back(argument(item));
    if (const auto* object = kwargs.if_object())
        for (const auto& [key, value] : *object) options.kwargs.emplace_back(key, argument(value));
}

json::value path_reverse(const Case& one) {
    need_converters(one);
    const routing::View view = [](Request&, const http::Capture*) { return Response(); };
    const routing::UrlResolver resolver(
        Urls{.patterns = {UrlPattern::make_path(str(one.at("route")), view, {.name = "n"})}});
    routing::ReverseOptions options;
    take_arguments(options, one.at("args"), one.at("kwargs"));
    return json::value(resolver.reverse("n", options));
}

json::object keywords(const std::vector<routing::KeywordArgument>& list) {
    json::object out;
    for (const routing::KeywordArgument& keyword : list)
        out[keyword.name] = keyword.capture ? value_of(*keyword.capture) : json::parse(keyword.extra);
    return out;
}

json::array names(const std::vector<std::string_view>& list) {
    json::array out;
    for (std::string_view name : list) out.emplace_back(name);
    return out;
}

// Tables are kept from case to case: some are large.
const routing::UrlResolver& resolver_of(const Case& one, Extras extras) {
    static std::map<std::pair<std::string, Extras>, Ref<routing::UrlResolver>> known;
    const std::string name = str(one.at("urlconf"));
    auto& resolver = known[{name, extras}];
    if (!resolver) resolver = make_ref<routing::UrlResolver>(TableBuilder(one.file, extras).build(name));
    return *resolver;
}

json::value resolve(const Case& one) {
    need_converters(one);
    const std::string path = text(one.arg(0));
    const http::ResolverMatch match = resolver_of(one, Extras::json_text).resolve(path);
    const routing::MatchArguments arguments = routing::arguments_of(match);
    json::array args;
    for (const http::Capture* capture : arguments.args) args.push_back(value_of(*capture));
    const bool named = !match.url_name().empty();
    return {{"args", args},
            {"kwargs", keywords(arguments.kwargs)},
            {"url_name", named ? json::value(match.url_name()) : json::value()},
            {"app_names", names(match.app_names())},
            {"namespaces", names(match.namespaces())},
            {"view_name", named ? json::value(match.view_name()) : json::value()},
            {"route", match.route()},
            {"captured_kwargs", keywords(arguments.captured_kwargs)},
            {"extra_kwargs", keywords(arguments.extra_kwargs)}};
}

void take_query(routing::ReverseOptions& options, const json::value& query) {
    if (query.is_null()) return;
    if (type_tag(query) == "querydict") {
        const http::QueryDict dict(text(query.at("query")));
        dict.for_each([&](std::string_view key, std::string_view value) { options.query.emplace_back(key, value); });
        return;
    }
    const auto add = [&](std::string_view key, const json::value& value) {
        const json::value plain = normalized(value);
        if (const auto* list = plain.if_array()) {
            for (const json::value& item : *list) options.query.emplace_back(key, str(item));
        } else {
            options.query.emplace_back(key, str(plain));
        }
    };
    const json::value plain = normalized(query);
    if (const auto* object = plain.if_object()) {
        for (const auto& [key, value] : *object) add(key, value);
        return;
    }
    const auto* list = plain.if_array();
    if (!list) throw WrongType(json::serialize(query));
    for (const json::value& pair : *list) {
        if (!pair.is_array()) throw WrongType(json::serialize(query));
        add(str(pair.at(0)), pair.at(1));
    }
}

json::value reverse(const Case& one) {
    need_converters(one);
    routing::ReverseOptions options;
    const json::value* args = one.has("kwargs") ? one.at("kwargs").as_object().if_contains("args") : nullptr;
    const json::value* kwargs = one.has("kwargs") ? one.at("kwargs").as_object().if_contains("kwargs") : nullptr;
    take_arguments(options, args ? *args : json::value(), kwargs ? *kwargs : json::value());
    if (!one.keyword("current_app").is_null()) options.current_app = text(one.keyword("current_app"));
    take_query(options, one.keyword("query"));
    if (!one.keyword("fragment").is_null()) options.fragment = text(one.keyword("fragment"));
    if (one.has("script_prefix")) options.script_prefix = text(one.at("script_prefix"));
    return json::value(resolver_of(one, Extras::python_text).reverse(text(one.arg(0)), options));
}

}  // namespace

std::string template_url(const Case& one, const templates::UrlCall& call) {
    auto argument_of = [](const Value& value) {
        routing::Argument argument(value.str());
        argument.is_number = value.kind() == ValueKind::integer;
        return argument;
    };
    routing::ReverseOptions options;
    for (const Value& value : call.args) options.args.push_back(argument_of(value));
    for (const auto& [name, value] : call.kwargs) options.kwargs.emplace_back(name, argument_of(value));
    options.current_app = call.current_app;
    return resolver_of(one, Extras::python_text).reverse(call.name, options);
}

HandlerTable utils_urls_handlers() {
    return {
        {"urls.path_match", path_match},
        {"urls.path_reverse", path_reverse},
        {"urls.resolve", resolve},
        {"urls.reverse", reverse},
    };
}

}  // namespace nuages::conformance

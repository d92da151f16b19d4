#include <nuages/urls/path.hpp>

#include <nuages/base/error.hpp>
#include <nuages/urls/detail/pattern.hpp>

namespace nuages::routing {

const Pattern& UrlPattern::pattern() const { return static_cast<const Pattern&>(*pattern_); }

UrlPattern UrlPattern::make_path(std::string_view route, View view, PathOptions options,
                                 std::vector<const Converter*> own, bool (*fits)(const http::Capture*)) {
    auto pattern = make_ref<Pattern>(route, true, std::move(own));
    pattern->view = std::move(view);
    pattern->options = std::move(options);
    pattern->fits = fits;
    return UrlPattern(pattern);
}

UrlPattern UrlPattern::make_re_path(std::string_view regex, View view, PathOptions options,
                                    RegexParameters parameters) {
    auto pattern = make_ref<Pattern>(regex, true, Pattern::IsRegex{});
    if (parameters.count >= 0 && static_cast<std::size_t>(parameters.count) != pattern->parameters().size())
        throw ImproperlyConfigured("The route '" + std::string(regex) + "' has " +
                                   std::to_string(pattern->parameters().size()) + " groups, but its view takes " +
                                   std::to_string(parameters.count) + " parameters.");
    pattern->view = std::move(view);
    pattern->options = std::move(options);
    pattern->regex_parameters = parameters;
    pattern->fits = parameters.fits;
    return UrlPattern(pattern);
}

UrlPattern UrlPattern::make_include(std::string_view route, bool is_regex, Include include, PathOptions options) {
    auto pattern = is_regex ? make_ref<Pattern>(route, false, Pattern::IsRegex{})
                            : make_ref<Pattern>(route, false, std::vector<const Converter*>{});
    pattern->include = std::move(include);
    pattern->options = std::move(options);
    return UrlPattern(pattern);
}

UrlPattern UrlPattern::make_language_include(Include include, bool prefix_default_language) {
    auto pattern = make_ref<Pattern>(std::string_view(), false, std::vector<const Converter*>{});
    pattern->include = std::move(include);
    pattern->language_prefix = prefix_default_language ? LanguagePrefix::always : LanguagePrefix::unless_default;
    pattern->route = prefix_default_language ? "<language>/" : "[<language>/]";
    return UrlPattern(pattern);
}

}  // namespace nuages::routing

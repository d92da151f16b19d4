// reverse(): from a name and arguments to a URL, in the steps of Django's URLResolver._reverse_with_prefix.
#include <nuages/base/context_value.hpp>
#include <nuages/urls/detail/table.hpp>
#include <nuages/utils/http.hpp>
#include <nuages/utils/translation.hpp>
#include <nuages/utils/url.hpp>
#include <nuages/utils/value.hpp>

#include <algorithm>

namespace nuages::routing {
namespace {

// RFC 3986: characters of a path segment, and '/'.
constexpr std::string_view kPathSafe = "!$&'()*+,;=/~:@";

std::string& script_prefix() {
    static std::string prefix = "/";
    return prefix;
}

const ContextValue<std::optional<std::string>> present_prefix;

std::string with_slash(std::string prefix) {
    if (prefix.empty() || prefix.back() != '/') prefix += '/';
    return prefix;
}

std::string repr(const Argument& argument) {
    if (argument.is_number) return argument.text;
    std::string out;
    Value::borrow(argument.text).append_repr(out);
    return out;
}

std::string repr(std::string_view text) {
    std::string out;
    Value::borrow(text).append_repr(out);
    return out;
}

// The regular expression of a chain as Django shows it: without the first '^' of each part.
std::string regex_of(const Chain& chain) {
    std::string text;
    for (const Node* node : chain) {
        std::string part = node->pattern->regex_text();
        if (!part.empty() && part[0] == '^') part.erase(0, 1);
        text += part;
    }
    return text;
}

struct Parameter {
    std::string name;
    const Converter* converter;
};

// Ways to write a chain: the product of the ways of its parts. Unnamed groups are numbered over the whole.
std::vector<Template> templates_of(const Chain& chain) {
    std::vector<Template> result(1);
    for (const Node* node : chain) {
        if (node->pattern->has_disjunction()) return std::vector<Template>(1);
        std::vector<Template> product;
        for (const Template& before : result) {
            for (const Template& after : node->pattern->templates()) {
                product.push_back(before);
                if (std::string text = node->pattern->language_text(); !text.empty())
                    product.back().parts.push_back({.text = std::move(text)});
                product.back().parts.insert(product.back().parts.end(), after.parts.begin(), after.parts.end());
            }
        }
        result = std::move(product);
    }
    return result;
}

class Candidate {
public:
    Candidate(const Chain& chain, const Template& way) : chain_(chain) {
        std::size_t unnamed = 0;
        for (Template::Part part : way.parts) {
            if (part.is_parameter && part.text.empty()) part.text = "_" + std::to_string(unnamed++);
            if (part.is_parameter && !part.is_back_reference) parameters_.push_back(part.text);
            parts_.push_back(std::move(part));
        }
    }

    // Assigns the arguments to the parameters; false when they are not the ones that the route needs.
    bool take(const ReverseOptions& options, const Chain& defaults_of) {
        values_.clear();
        if (!options.args.empty()) {
            if (options.args.size() != parameters_.size()) return false;
            for (std::size_t i = 0; i < parameters_.size(); ++i) values_.emplace_back(parameters_[i], options.args[i]);
            return true;
        }
        const auto default_of = [&](std::string_view name) -> const std::string* {
            for (const Node* node : defaults_of)
                for (const auto& [known, value] : node->kwargs)
                    if (known == name) return &value;
            return nullptr;
        };
        const auto is_parameter = [&](std::string_view name) {
            return std::find(parameters_.begin(), parameters_.end(), name) != parameters_.end();
        };
        for (const std::string& name : parameters_)
            if (!given(options, name) && !default_of(name)) return false;
        for (const auto& [name, value] : options.kwargs) {
            if (is_parameter(name)) continue;
            const std::string* other = default_of(name);
            if (!other || *other != value.text) return false;
        }
        values_.assign(options.kwargs.begin(), options.kwargs.end());
        return std::all_of(parameters_.begin(), parameters_.end(), [&](const std::string& name) { return find(name); });
    }

    // Whether it takes COUNT arguments, or those named NAMES, whatever their values.
    bool takes(std::size_t count, const std::vector<std::string>& names, const Chain& defaults_of) const {
        if (count > 0) return count == parameters_.size();
        const auto is_in = [](const std::vector<std::string>& all, std::string_view name) {
            return std::find(all.begin(), all.end(), name) != all.end();
        };
        const auto has_default = [&](std::string_view name) {
            return std::any_of(defaults_of.begin(), defaults_of.end(), [&](const Node* node) {
                return std::any_of(node->kwargs.begin(), node->kwargs.end(),
                                   [&](const auto& known) { return known.first == name; });
            });
        };
        return std::all_of(parameters_.begin(), parameters_.end(), [&](const auto& name) { return is_in(names, name); }) &&
               std::all_of(names.begin(), names.end(),
                           [&](const auto& name) { return is_in(parameters_, name) || has_default(name); });
    }
    const std::vector<std::string>& parameters() const { return parameters_; }

    // Lets converters turn the values into their text.
    bool convert() {
        for (auto& [name, value] : values_) {
            for (const Node* node : chain_) {
                const Converter* converter = node->pattern->converter_of(name);
                if (!converter || !converter->to_url) continue;
                auto text = converter->to_url(value.text);
                if (!text) return false;
                value.text = std::move(*text);
                break;
            }
        }
        return true;
    }

    std::string text() const {
        std::string out;
        for (const Template::Part& part : parts_) out += part.is_parameter ? find(part.text)->text : part.text;
        return out;
    }

    // Whether the URL leads back here.
    bool matches(std::string_view path) const {
        PatternMatch found;
        for (const Node* node : chain_) {
            if (!node->pattern->match(path, found)) return false;
            path.remove_prefix(found.end);
        }
        return true;
    }

private:
    static bool given(const ReverseOptions& options, std::string_view name) {
        return std::any_of(options.kwargs.begin(), options.kwargs.end(),
                           [&](const auto& kw) { return kw.first == name; });
    }
    const Argument* find(std::string_view name) const {
        for (const auto& [known, value] : values_)
            if (known == name) return &value;
        return nullptr;
    }

    const Chain& chain_;
    std::vector<Template::Part> parts_;
    std::vector<std::string> parameters_;
    std::vector<std::pair<std::string, Argument>> values_;
};

std::string no_match_message(std::string_view name, const ReverseOptions& options,
                             const std::vector<std::string>& patterns) {
    const std::string quoted = "'" + std::string(name) + "'";
    if (patterns.empty())
        return "Reverse for " + quoted + " not found. " + quoted + " is not a valid view function or pattern name.";
    std::string message = "Reverse for " + quoted + " with ";
    if (!options.args.empty()) {
        message += "arguments '(";
        for (std::size_t i = 0; i < options.args.size(); ++i)
            message.append(i ? ", " : "").append(repr(options.args[i]));
        message += options.args.size() == 1 ? ",)'" : ")'";
    } else if (!options.kwargs.empty()) {
        message += "keyword arguments '{";
        for (std::size_t i = 0; i < options.kwargs.size(); ++i) {
            const auto& [key, value] = options.kwargs[i];
            message.append(i ? ", " : "").append(repr(std::string_view(key))).append(": ").append(repr(value));
        }
        message += "}'";
    } else {
        message += "no arguments";
    }
    message += " not found. " + std::to_string(patterns.size()) + " pattern(s) tried: [";
    for (std::size_t i = 0; i < patterns.size(); ++i)
        message.append(i ? ", " : "").append(repr(std::string_view(patterns[i])));
    return message + "]";
}

// Walks the namespaces of "a:b:name". `prefix` gets the includes on the way, `name` what is left.
const Level* enter_namespaces(const Level* level, std::string_view& name, std::string_view current_app, Chain& prefix) {
    std::string path;
    bool follows_current = !current_app.empty();
    while (name.find(':') != name.npos) {
        std::string ns(name.substr(0, name.find(':')));
        name.remove_prefix(ns.size() + 1);
        std::string current;
        if (follows_current) {
            current = current_app.substr(0, current_app.find(':'));
            current_app.remove_prefix(std::min(current.size() + 1, current_app.size()));
            follows_current = !current_app.empty();
        }
        for (const AppInstances& app : level->apps) {
            if (app.app_name != ns) continue;
            const auto& instances = app.namespaces;
            const auto has = [&](const std::string& wanted) {
                return std::find(instances.begin(), instances.end(), wanted) != instances.end();
            };
            if (!current.empty() && has(current)) {
                ns = current;
            } else if (!has(ns)) {
                ns = instances.front();
            }
            break;
        }
        if (ns != current) follows_current = false;
        const auto found = std::find_if(level->namespaces.begin(), level->namespaces.end(),
                                        [&](const NamedLevel& named) { return named.name == ns; });
        if (found == level->namespaces.end())
            throw NoReverseMatch(path.empty() ? repr(std::string_view(ns)) + " is not a registered namespace"
                                              : repr(std::string_view(ns)) + " is not a registered namespace inside '" +
                                                    path + "'");
        path.append(path.empty() ? "" : ":").append(ns);
        prefix.insert(prefix.end(), found->chain.begin(), found->chain.end());
        level = found->level;
    }
    return level;
}

}  // namespace

std::string UrlResolver::reverse(std::string_view view_name, const ReverseOptions& options) const {
    if (!options.args.empty() && !options.kwargs.empty())
        throw Error("Don't mix *args and **kwargs in call to reverse()!");
    Chain prefix;
    std::string_view name = view_name;
    const Level* level = enter_namespaces(root_->level, name, options.current_app, prefix);
    std::vector<std::string> tried;
    for (const NamedRoute& route : level->routes) {
        if (route.name != name) continue;
        Chain chain = prefix;
        chain.insert(chain.end(), route.chain.begin(), route.chain.end());
        for (const Template& way : templates_of(chain)) {
            Candidate candidate(chain, way);
            if (!candidate.take(options, route.chain) || !candidate.convert()) continue;
            const std::string path = candidate.text();
            if (!candidate.matches(path)) continue;
            std::string url = utils::quote(options.script_prefix ? *options.script_prefix : get_script_prefix(), kPathSafe);
            utils::append_quoted(url, path, kPathSafe);
            url = utils::escape_leading_slashes(url);
            if (!options.query.empty()) url += "?" + utils::urlencode(options.query);
            if (options.fragment) url += "#" + *options.fragment;
            return url;
        }
        tried.push_back(regex_of(chain));
    }
    throw NoReverseMatch(no_match_message(name, options, tried));
}

namespace {

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text.append(text.empty() ? "'" : ", '").append(name).append("'");
    return text;
}

std::string arguments_text(std::size_t count, const std::vector<std::string>& names) {
    if (!names.empty()) return (names.size() == 1 ? "keyword argument " : "keyword arguments ") + joined(names);
    return count == 0 ? "no arguments" : std::to_string(count) + (count == 1 ? " argument" : " arguments");
}

}  // namespace

std::string UrlResolver::reverse_problem(std::string_view view_name, std::size_t count,
                                         const std::vector<std::string>& names) const {
    if (count > 0 && !names.empty()) return "Don't mix *args and **kwargs in call to reverse()!";
    Chain prefix;
    std::string_view name = view_name;
    const Level* level = root_->level;
    try {
        level = enter_namespaces(level, name, {}, prefix);
    } catch (const NoReverseMatch& error) {
        return error.message();
    }
    std::vector<std::string> known;
    for (const NamedRoute& route : level->routes) {
        if (route.name != name) continue;
        Chain chain = prefix;
        chain.insert(chain.end(), route.chain.begin(), route.chain.end());
        for (const Template& way : templates_of(chain)) {
            const Candidate candidate(chain, way);
            if (candidate.takes(count, names, route.chain)) return {};
            known.push_back(candidate.parameters().empty() ? "no arguments" : joined(candidate.parameters()));
        }
    }
    if (known.empty()) return no_match_message(name, {}, {});
    std::string problem = "Reverse for '" + std::string(view_name) + "' with " + arguments_text(count, names) +
                          " not found. It takes ";
    for (std::size_t i = 0; i < known.size(); ++i) problem.append(i ? ", or " : "").append(known[i]);
    return problem + ".";
}

std::string translate_url(std::string_view url, std::string_view language) {
    const std::size_t authority = url.find("://");
    const std::size_t begin = authority == url.npos ? 0 : std::min(url.find('/', authority + 3), url.size());
    const std::size_t end = std::min(url.find_first_of("?#", begin), url.size());
    http::ResolverMatch match;
    const std::string path = utils::unquote(url.substr(begin, end - begin));  // the match looks into it
    const std::string& prefix = get_script_prefix();
    if (!path.starts_with(prefix) || !get_resolver().find(std::string_view(path).substr(prefix.size() - 1), match))
        return std::string(url);
    const MatchArguments arguments = arguments_of(match);
    ReverseOptions options;
    for (const http::Capture* capture : arguments.args) options.args.emplace_back(capture->text);
    for (const KeywordArgument& keyword : arguments.kwargs)
        options.kwargs.emplace_back(keyword.name, keyword.capture ? keyword.capture->text : keyword.extra);
    const translation::override active(language);
    try {
        return std::string(url.substr(0, begin)).append(reverse(match.view_name(), options)).append(url.substr(end));
    } catch (const NoReverseMatch&) {
        return std::string(url);
    }
}

void set_script_prefix(std::string prefix) { script_prefix() = with_slash(std::move(prefix)); }

const std::string& get_script_prefix() {
    const std::optional<std::string>* own = present_prefix.find();
    return own && *own ? **own : script_prefix();
}

override_script_prefix::override_script_prefix(std::string prefix)
    : former_(std::exchange(present_prefix.get(), with_slash(std::move(prefix)))) {}
override_script_prefix::~override_script_prefix() { present_prefix.get() = std::move(former_); }

std::string below_script_prefix(const std::string& url) {
    const bool is_absolute = url.starts_with('/') || url.starts_with("http://") || url.starts_with("https://");
    return is_absolute ? url : get_script_prefix() + url;
}

std::string reverse(std::string_view view_name, const ReverseOptions& options) {
    return get_resolver().reverse(view_name, options);
}

}  // namespace nuages::routing

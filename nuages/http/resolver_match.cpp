#include <nuages/http/resolver_match.hpp>

namespace nuages::http {

std::string ResolverMatch::route() const {
    std::string route;
    for (std::size_t i = 0; i < depth_; ++i) {
        // Every part's regular expression is anchored: only the first '^' is kept.
        std::string_view part = chain_[i]->route;
        if (!route.empty() && !part.empty() && part[0] == '^') part.remove_prefix(1);
        route.append(part);
    }
    return route;
}

std::vector<std::string_view> ResolverMatch::app_names() const {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < depth_; ++i)
        if (!chain_[i]->app_name.empty()) names.push_back(chain_[i]->app_name);
    return names;
}

std::vector<std::string_view> ResolverMatch::namespaces() const {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < depth_; ++i)
        if (!chain_[i]->namespace_.empty()) names.push_back(chain_[i]->namespace_);
    return names;
}

namespace {

std::string joined(const std::vector<std::string_view>& names) {
    std::string out;
    for (std::string_view name : names) out.append(out.empty() ? "" : ":").append(name);
    return out;
}

}  // namespace

std::string ResolverMatch::namespace_() const { return joined(namespaces()); }
std::string ResolverMatch::app_name() const { return joined(app_names()); }

std::string ResolverMatch::view_name() const {
    std::string name = namespace_();
    if (!name.empty()) name += ':';
    return name.append(url_name());
}

std::optional<std::string_view> ResolverMatch::find(std::string_view name) const {
    for (std::size_t i = count_; i-- > 0;)
        if (captures_[i].name == name && captures_[i].matched) return captures_[i].text;
    for (std::size_t i = depth_; i-- > 0;)
        for (const auto& [known, value] : chain_[i]->kwargs)
            if (known == name) return value;
    return std::nullopt;
}

}  // namespace nuages::http

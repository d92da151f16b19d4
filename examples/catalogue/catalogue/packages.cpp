#include "packages.hpp"

#include <algorithm>

namespace catalogue {
namespace {

/// The headings of DependencyKind, in its order.
constexpr std::string_view kHeadings[] = {"Depends on", "Pre-depends on", "Recommends",     "Suggests",
                                          "Enhances",   "Breaks",         "Conflicts with", "Replaces"};

std::string title_of(const Search& search) {
    if (!search.needs.empty()) return "Packages that need " + search.needs;
    if (!search.provides.empty()) return "Packages that provide " + search.provides;
    if (!search.tag.empty()) return "Packages tagged " + search.tag;
    return "Packages";
}

}  // namespace

Search search_of(const nuages::http::QueryDict& parameters) {
    const auto text = [&](std::string_view name) { return std::string(parameters[name]); };
    Search search{.q = text("q"),
                  .section = text("section"),
                  .tag = text("tag"),
                  .needs = text("needs"),
                  .provides = text("provides"),
                  .order = text("o")};
    const bool known = std::any_of(std::begin(kOrders), std::end(kOrders),
                                   [&](const Order& order) { return order.value == search.order; });
    if (!known) search.order = kOrders[0].value;
    search.title = title_of(search);
    return search;
}

Packages packages_of(const Search& search) {
    Packages packages = Package::objects.select_related("section");
    if (!search.q.empty()) packages = packages.search(search.q);
    if (!search.section.empty()) packages = packages.filter("section__name"_f = search.section);
    if (!search.tag.empty()) packages = packages.filter("tags__name"_f = search.tag);
    if (!search.needs.empty()) packages = packages.needing(search.needs);
    if (!search.provides.empty()) packages = packages.providing(search.provides);
    return packages.order_by(models::one_of<Package>(search.order, {"name", "-dependents", "-installed_size"}), "name");
}

std::vector<Relations> relations_of(const Package& package) {
    std::vector<Relations> kinds;
    const auto rows = package.dependencies.all().order_by("id").list();
    for (std::size_t kind = 0; kind < std::size(kHeadings); ++kind) {
        Relations relations{.slug = nuages::models::enum_name(static_cast<DependencyKind>(kind)),
                            .label = kHeadings[kind]};
        std::int64_t group = 0;
        for (const Dependency& row : rows) {
            if (static_cast<std::size_t>(row.kind.value) != kind) continue;
            if (row.group != group) relations.groups.emplace_back();
            group = row.group;
            relations.groups.back().push_back(row);
        }
        if (!relations.groups.empty()) kinds.push_back(std::move(relations));
    }
    return kinds;
}

}  // namespace catalogue

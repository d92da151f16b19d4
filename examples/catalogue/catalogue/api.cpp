// The list and the detail as JSON. An aggregate is all that JsonResponse needs: its members are the keys.
#include "packages.hpp"
#include "views.hpp"

#include <optional>

using namespace nuages;

namespace catalogue {
namespace {

struct PackageSummary {
    std::string name;
    std::string version;
    std::string section;
    std::string summary;
    std::int64_t installed_size;
    std::int64_t dependents;
    std::string url;
};

struct PackagePage {
    std::int64_t count;
    std::optional<std::string> next;
    std::optional<std::string> previous;
    std::vector<PackageSummary> results;
};

struct Alternative {
    std::string name;
    std::string architecture;
    std::string comparison;
    std::string version;
    bool is_package;  ///< false: a virtual package, or one that is not in the catalogue
};

struct RelationsJson {
    std::string kind;
    std::vector<std::vector<Alternative>> groups;
};

struct ProvidedJson {
    std::string name;
    std::string version;
};

struct MaintainerJson {
    std::string name;
    std::string email;
    std::string url;
};

struct PackageDetail {
    std::string name;
    std::string version;
    std::string architecture;
    std::string source;
    std::string section;
    std::string priority;
    bool essential;
    std::string summary;
    std::string homepage;
    std::int64_t installed_size;
    std::int64_t download_size;
    std::int64_t dependents;
    MaintainerJson maintainer;
    std::vector<RelationsJson> relations;
    std::vector<ProvidedJson> provides;
    std::vector<std::string> tags;
};

std::string api_url(const Package& package) { return reverse("catalogue:api_package_detail", package.name); }

PackageSummary summary_of(const Package& package) {
    return {.name = package.name,
            .version = package.version,
            .section = package.section->name,
            .summary = package.summary,
            .installed_size = package.installed_size,
            .dependents = package.dependents,
            .url = api_url(package)};
}

std::string page_url(const Request& request, std::int64_t number) {
    QueryDict parameters = request.GET.copy();
    parameters.set("page", std::to_string(number));
    return reverse("catalogue:api_package_list") + '?' + parameters.urlencode();
}

std::vector<RelationsJson> relations_json(const Package& package) {
    std::vector<RelationsJson> kinds;
    for (const Relations& relations : relations_of(package)) {
        RelationsJson& kind = kinds.emplace_back(RelationsJson{.kind = std::string(relations.slug), .groups = {}});
        for (const auto& group : relations.groups) {
            auto& alternatives = kind.groups.emplace_back();
            for (const Dependency& row : group) {
                alternatives.push_back({.name = row.target_name,
                                        .architecture = row.architecture,
                                        .comparison = row.comparison,
                                        .version = row.version,
                                        .is_package = row.target.has_value()});
            }
        }
    }
    return kinds;
}

}  // namespace

Response api_package_list(Request& request) {
    const Paginator paginator{packages_of(search_of(request.GET)), kPageSize};
    const auto page = paginator.get_page(request.GET["page"]);
    PackagePage json{.count = paginator.count()};
    if (page.has_next()) json.next = page_url(request, page.next_page_number());
    if (page.has_previous()) json.previous = page_url(request, page.previous_page_number());
    for (const Package& package : page) json.results.push_back(summary_of(package));
    return JsonResponse(json);
}

Response api_package_detail(Request&, std::string_view name) {
    const Package package =
        get_object_or_404(Package::objects.select_related("section", "maintainer"), "name"_f = name);
    PackageDetail json{.name = package.name,
                       .version = package.version,
                       .architecture = package.architecture,
                       .source = package.source,
                       .section = package.section->name,
                       .priority = package.priority,
                       .essential = package.essential,
                       .summary = package.summary,
                       .homepage = package.homepage,
                       .installed_size = package.installed_size,
                       .download_size = package.download_size,
                       .dependents = package.dependents,
                       .maintainer = {.name = package.maintainer->name,
                                      .email = package.maintainer->email,
                                      .url = package.maintainer->get_absolute_url()},
                       .relations = relations_json(package)};
    for (const Provides& row : package.provides.all().order_by("name"))
        json.provides.push_back({row.name, row.version});
    for (const Tag& tag : package.tags.all().order_by("name")) json.tags.push_back(tag.name);
    return JsonResponse(json);
}

}  // namespace catalogue

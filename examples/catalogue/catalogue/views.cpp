#include "views.hpp"

#include "models.hpp"
#include "packages.hpp"

using namespace nuages;

namespace catalogue {
namespace {

constexpr std::int64_t kRankingSize = 10;
constexpr std::int64_t kDependentsShown = 30;

}  // namespace

Response index(Request& request) {
    return render(request, "catalogue/index.html",
                  {{"load", Load::objects.first()},
                   {"most_depended_on", Package::objects.order_by("-dependents", "name").slice(0, kRankingSize)},
                   // Symbols for debuggers would take all ten places.
                   {"largest", Package::objects.exclude("name__endswith"_f = "-dbg")
                                   .order_by("-installed_size", "name")
                                   .slice(0, kRankingSize)},
                   {"sections", Section::objects.order_by("-package_count", "name")}});
}

Response package_list(Request& request) {
    const Search search = search_of(request.GET);
    const auto page = Paginator{packages_of(search), kPageSize}.get_page(request.GET["page"]);
    return render(
        request, "catalogue/package_list.html",
        {{"page", page}, {"search", search}, {"orders", kOrders}, {"sections", Section::objects.order_by("name")}});
}

Response package_detail(Request& request, std::string_view name) {
    const Package package =
        get_object_or_404(Package::objects.select_related("section", "maintainer"), "name"_f = name);
    return render(
        request, "catalogue/package_detail.html",
        {{"package", package},
         {"relations", relations_of(package)},
         {"dependents", Package::objects.needing(name).order_by("-dependents", "name").slice(0, kDependentsShown)},
         {"provides", package.provides.all().order_by("name")},
         {"tags", package.tags.all().order_by("name")},
         {"notes", package.notes.filter("state"_f = NoteState::approved)}});
}

Response maintainer_detail(Request& request, std::int64_t id) {
    const Maintainer maintainer = get_object_or_404(Maintainer::objects, "id"_f = id);
    const auto packages = maintainer.packages.all().select_related("section").order_by("name");
    return render(request, "catalogue/maintainer_detail.html",
                  {{"maintainer", maintainer}, {"page", Paginator{packages, kPageSize}.get_page(request.GET["page"])}});
}

}  // namespace catalogue

#include "urls.hpp"

#include "views.hpp"

using namespace nuages;

namespace catalogue {

Urls urls() {
    return {.app_name = "catalogue",
            .patterns = {
                path("", index, {.name = "index"}),
                path("packages/", package_list, {.name = "package_list"}),
                path("packages/<str:name>/", package_detail, {.name = "package_detail"}),
                path("maintainers/<int:id>/", maintainer_detail, {.name = "maintainer_detail"}),
                path("api/packages/", api_package_list, {.name = "api_package_list"}),
                path("api/packages/<str:name>/", api_package_detail, {.name = "api_package_detail"}),
            }};
}

}  // namespace catalogue

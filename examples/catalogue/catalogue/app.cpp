#include "app.hpp"

#include "load_packages.hpp"
#include "models.hpp"

namespace catalogue {

const nuages::App app{
    .name = "catalogue",
    .models = models::list<Section, Maintainer, Tag, Package, PackageTag, Dependency, Provides, Note, Load>(),
    .commands = {&load_packages_command},
};

}  // namespace catalogue

#include "urls.hpp"

#include "catalogue/urls.hpp"

nuages::Urls urls() {
    using namespace nuages;
    return {.patterns = {path("", include(catalogue::urls))}};
}

#include "template_tags.hpp"

#include <string>

using namespace nuages;

namespace catalogue {
namespace {

std::string thousands(const Value& value) {
    std::string digits = value.str();
    const std::size_t first = digits.starts_with('-') ? 1 : 0;
    for (std::size_t i = digits.size(); i > first + 3;) digits.insert(i -= 3, ",");
    return digits;
}

}  // namespace

Ref<const templates::Library> template_tags() {
    Ref<templates::Library> library = make_ref<templates::Library>();
    library->filter("thousands", thousands);
    return library;
}

}  // namespace catalogue

#include "models.hpp"

#include <nuages/urls/resolver.hpp>

#include <algorithm>

using nuages::reverse;

namespace catalogue {
namespace {

constexpr std::size_t kMaxWords = 8;

}  // namespace

std::string Section::get_absolute_url() const {
    return reverse("catalogue:package_list", {.query = {{"section", name}}});
}

std::string Tag::get_absolute_url() const { return reverse("catalogue:package_list", {.query = {{"tag", name}}}); }

std::string Maintainer::get_absolute_url() const { return reverse("catalogue:maintainer_detail", id); }

std::string Package::get_absolute_url() const { return reverse("catalogue:package_detail", name); }

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (words.size() < kMaxWords) {
        const std::size_t start = text.find_first_not_of(" \t\n");
        if (start == text.npos) break;
        text.remove_prefix(start);
        const std::size_t end = std::min(text.find_first_of(" \t\n"), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return words;
}

}  // namespace catalogue

// What the pages and the JSON share: which packages a request asks for, and the relations of one package in groups.
#pragma once

#include "models.hpp"

#include <nuages/http/querydict.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace catalogue {

inline constexpr std::int64_t kPageSize = 25;

/// A search as the address has it: ?q=json&section=libs&o=-dependents
struct Search {
    std::string q;
    std::string section;
    std::string tag;
    std::string needs;     ///< packages that depend on this one
    std::string provides;  ///< packages that stand in for this name
    std::string order;     ///< one of kOrders
    std::string title;     ///< what this is a list of
};

struct Order {
    std::string_view value;
    std::string_view label;
};
inline constexpr std::array<Order, 3> kOrders{
    {{"name", "by name"}, {"-dependents", "most needed first"}, {"-installed_size", "largest first"}}};

Search search_of(const nuages::http::QueryDict& parameters);

using Packages = decltype(Package::objects.all());
/// The packages of SEARCH in its order, with their sections.
Packages packages_of(const Search& search);

/// The relations of one kind: each group is one or more alternatives.
struct Relations {
    std::string_view slug;
    std::string_view label;
    std::vector<std::vector<Dependency>> groups;
};
/// All relations of PACKAGE, kind by kind.
std::vector<Relations> relations_of(const Package& package);

}  // namespace catalogue

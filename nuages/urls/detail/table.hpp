// The compiled route table of a resolver: a tree of levels (one per include), and for each level the names below it.
#pragma once

#include <nuages/urls/detail/pattern.hpp>
#include <nuages/urls/resolver.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::urls {

struct Level;

/// One route or include at its place in the tree. RouteInfo is what a match points at.
struct Node : http::RouteInfo {
    const Pattern* pattern = nullptr;
    Level* level = nullptr;  // of an include

    // The first up to eight bytes that a path must have, as a number under a mask: most routes fail here.
    std::uint64_t prefix_bits = 0;
    std::uint64_t prefix_mask = 0;
};

using Chain = std::vector<const Node*>;

struct NamedRoute {
    std::string name;
    Chain chain;  // the includes on the way, then the route
};
struct NamedLevel {
    std::string name;
    const Level* level;
    Chain chain;  // the includes on the way, its own last
};
struct AppInstances {
    std::string app_name;
    std::vector<std::string> namespaces;
};

struct Level {
    std::vector<Node> nodes;
    std::vector<UrlPattern> patterns;  // keeps them alive

    // In Django's order of looking: the last route of a name is tried first, the first namespace of a name wins.
    std::vector<NamedRoute> routes;
    std::vector<NamedLevel> namespaces;
    std::vector<AppInstances> apps;

    Level() = default;
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    ~Level() {
        for (Node& node : nodes) delete node.level;
    }
};

struct UrlResolver::Root {
    Level* level;
};

/// Up to eight bytes of `text` as a number, the first in the lowest place; zero past its end.
std::uint64_t leading_bytes(std::string_view text);

}  // namespace nuages::urls

// The compiled route table of a resolver: a tree of levels (one per include), and for each level the names below it.
#pragma once

#include <nuages/urls/detail/pattern.hpp>
#include <nuages/urls/detail/route_index.hpp>
#include <nuages/urls/resolver.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::routing {

struct Level;

/// One route or include at its place in the tree. RouteInfo is what a match points at.
struct Node : http::RouteInfo {
    const Pattern* pattern = nullptr;
    Level* level = nullptr;  // of an include
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
    RouteIndex index;                  // of the nodes

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
    ErrorView error_views[4];  // 400, 403, 404, 500
};

}  // namespace nuages::routing

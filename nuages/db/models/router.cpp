#include <nuages/db/connection.hpp>
#include <nuages/db/models/router.hpp>

#include <utility>

namespace nuages::db::models {

namespace {

Routers& routers() {
    static Routers current;
    return current;
}

using Ask = std::optional<std::string_view> (Router::*)(const ModelMeta&) const;

std::string_view first_answer(Ask ask, const ModelMeta& meta) {
    for (const Router* router : routers()) {
        // The database's own copy of its alias lives on; the router's text need not.
        if (const auto alias = (router->*ask)(meta)) return connection(*alias).alias();
    }
    return "default";
}

}  // namespace

Routers set_routers(Routers list) { return std::exchange(routers(), std::move(list)); }
std::string_view db_for_read(const ModelMeta& meta) { return first_answer(&Router::db_for_read, meta); }
std::string_view db_for_write(const ModelMeta& meta) { return first_answer(&Router::db_for_write, meta); }

bool allow_migrate(std::string_view alias, const ModelMeta& meta) {
    for (const Router* router : routers()) {
        if (const auto answer = router->allow_migrate(alias, meta)) return *answer;
    }
    return true;
}

}  // namespace nuages::db::models

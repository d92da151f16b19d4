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

std::string_view first_answer(Ask ask, const ModelMeta& meta, std::string_view otherwise = "default") {
    for (const Router* router : routers()) {
        // The database's own copy of its alias lives on; the router's text need not.
        if (const auto alias = (router->*ask)(meta)) return connection(*alias).alias();
    }
    return otherwise;
}

}  // namespace

Routers set_routers(Routers list) { return std::exchange(routers(), std::move(list)); }
std::string_view db_for_read(const ModelMeta& meta) { return first_answer(&Router::db_for_read, meta); }
std::string_view db_for_write(const ModelMeta& meta) { return first_answer(&Router::db_for_write, meta); }
std::string_view db_for_read(const ModelMeta& meta, std::string_view instance_database) {
    return first_answer(&Router::db_for_read, meta, instance_database.empty() ? "default" : instance_database);
}
std::string_view db_for_write(const ModelMeta& meta, std::string_view instance_database) {
    return first_answer(&Router::db_for_write, meta, instance_database.empty() ? "default" : instance_database);
}
bool is_routed(const ModelMeta& meta) {
    constexpr std::string_view kNone = "?";
    return first_answer(&Router::db_for_read, meta, kNone).data() != kNone.data();
}

bool allow_relation(const ModelMeta& meta, std::string_view alias, const ModelMeta& other, std::string_view other_alias) {
    for (const Router* router : routers()) {
        if (const auto answer = router->allow_relation(meta, alias, other, other_alias)) return *answer;
    }
    return alias == other_alias;
}

bool allow_migrate(std::string_view alias, const ModelMeta& meta) {
    for (const Router* router : routers()) {
        if (const auto answer = router->allow_migrate(alias, meta)) return *answer;
    }
    return true;
}

}  // namespace nuages::db::models

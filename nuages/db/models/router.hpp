// Routers: which database a model's rows are read from and written to (DATABASE_ROUTERS).
//
//     struct Replica : models::Router {
//         std::optional<std::string_view> db_for_read(const models::ModelMeta& meta) const override {
//             return meta.app_label == "reports" ? std::optional<std::string_view>("replica") : std::nullopt;
//         }
//     };
//
// Routers are asked in order; the first answer holds, and "default" where none has one. What names a database itself,
// `using_("other")`, is not asked about. Inside atomic a router sees no transaction: reads that must see what was just
// written name their database.
#pragma once

#include <nuages/db/models/fwd.hpp>

#include <optional>
#include <string_view>
#include <vector>

namespace nuages::db::models {

/// One router. A constant of the program; each answer may be left out.
class Router {
public:
    virtual ~Router() = default;
    /// The alias of the database to read META's rows from.
    virtual std::optional<std::string_view> db_for_read(const ModelMeta&) const { return {}; }
    virtual std::optional<std::string_view> db_for_write(const ModelMeta&) const { return {}; }
    /// Whether an object of META, which belongs to the database ALIAS, may refer to one of OTHER, which belongs to another
    /// database: save() asks. Without an answer it may not.
    virtual std::optional<bool> allow_relation(const ModelMeta&, std::string_view, const ModelMeta&, std::string_view) const {
        return {};
    }
    /// Whether META's table belongs into the database ALIAS: migrate and fixtures ask.
    virtual std::optional<bool> allow_migrate(std::string_view, const ModelMeta&) const { return {}; }
};

using Routers = std::vector<const Router*>;
/// Sets the routers of the site and returns the former ones; to be called while no query runs.
Routers set_routers(Routers routers);

/// What the routers say, else "default". Throws ConnectionDoesNotExist for an alias that is none.
std::string_view db_for_read(const ModelMeta& meta);
std::string_view db_for_write(const ModelMeta& meta);
/// The same for rows that belong to an object of database INSTANCE_DATABASE ("": not known), which is what counts where
/// the routers say nothing: Django's hint "instance".
std::string_view db_for_read(const ModelMeta& meta, std::string_view instance_database);
std::string_view db_for_write(const ModelMeta& meta, std::string_view instance_database);
/// A router says where META's rows are read.
bool is_routed(const ModelMeta& meta);
bool allow_migrate(std::string_view alias, const ModelMeta& meta);
bool allow_relation(const ModelMeta& meta, std::string_view alias, const ModelMeta& other, std::string_view other_alias);

}  // namespace nuages::db::models

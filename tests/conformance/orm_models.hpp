// The models of orm_models.json as metadata, in a database with the recorded fixture.
#pragma once

#include "deconstructed.hpp"
#include "runner.hpp"

#include <nuages/db/connection.hpp>
#include <nuages/db/models/meta.hpp>

#include <list>
#include <map>
#include <string>

namespace nuages::conformance {

/// PostgreSQL's sequences go on behind the highest keys.
void reset_sequences(const db::Connection& connection);

class OrmModels {
public:
    explicit OrmModels(const File& file);

    /// Creates the recorded tables in the default database and fills them. To be called on a fiber.
    void load(const File& file) const;

    const models::ModelMeta* find(std::string_view object_name) const;
    models::Registry registry;
    /// In the order of the file.
    const std::list<models::ModelMeta>& all() const { return metas_; }

private:
    std::list<models::ModelMeta> metas_;
    std::map<std::string, models::ModelMeta*, std::less<>> by_label_;
};

}  // namespace nuages::conformance

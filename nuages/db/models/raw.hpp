// Hand-written SQL whose rows become objects: Manager.raw() (django.db.models.query.RawQuerySet).
#pragma once

#include <nuages/db/connection.hpp>
#include <nuages/db/models/query.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// SQL with %s, or with %(name)s and values by name; %% is a percent sign. Without values % has no meaning.
struct RawStatement {
    std::string sql;
    std::vector<Literal> parameters;
    std::vector<std::pair<std::string, Literal>> named;
};

/// Runs it on `connection` and calls `row` for each row.
ExecuteResult run_raw(const Connection& connection, const RawStatement& statement,
                      FunctionRef<void(std::span<const Cell>)> row);

/// The names of the columns that it gives. Runs the statement, as RawQuerySet.columns does.
std::vector<std::string> raw_columns(const Connection& connection, const RawStatement& statement);

/// Objects of `meta` from the columns of the rows: those of its fields by name (or by `translations`, column to
/// field), others as annotations. Fields that the rows lack are deferred; FieldDoesNotExist without the primary key.
std::vector<Ref<Instance>> raw_instances(const ModelMeta& meta, const RawStatement& statement,
                                         const std::vector<std::pair<std::string, std::string>>& translations = {},
                                         std::string_view database = {}, FetchMode mode = FetchMode::peers);

/// The same into a list of C++ objects. Columns (those of `translations` have gone to their fields) that are no fields go to `extras`, which name them; fields that the
/// statement lacks are read by one more query.
void raw_rows(const RawStatement& statement, ObjectList& list, ExtraColumns extras, std::string_view database,
              const ModelMeta& meta, const std::vector<std::pair<std::string, std::string>>& translations = {});

}  // namespace nuages::db::models

// One configured PostgreSQL database.
#pragma once

#include <nuages/db/backend.hpp>
#include <nuages/db/backends/postgresql/creation.hpp>
#include <nuages/db/backends/postgresql/detail/options.hpp>
#include <nuages/db/backends/postgresql/detail/statements.hpp>
#include <nuages/db/backends/postgresql/introspection.hpp>
#include <nuages/db/backends/postgresql/operations.hpp>

namespace nuages::db::postgresql::detail {

class PgDriver final : public Driver {
public:
    explicit PgDriver(PgOptions options);

    std::string_view vendor() const override { return "postgresql"; }
    const Features& features() const override { return features_; }
    const Operations& operations() const override { return operations_; }
    const Introspection& introspection() const override { return introspection_; }
    const Creation& creation() const override { return creation_; }
    ClientCommand client_command(const conf::DatabaseUrl& url, std::span<const std::string> parameters) const override;
    Session* connect() override;
    std::size_t pool_size() const override { return options_.pool_size; }
    bool single_session() const override { return false; }
    Duration pool_timeout() const override { return options_.pool_timeout; }
    Duration idle_timeout() const override { return options_.idle_timeout; }
    bool shareable(std::string_view sql) const override;
    bool has_server_side_cursors() const override { return !options_.disable_server_side_cursors; }

    const PgOptions& options() const { return options_; }
    /// What this thread knows of the statements of this database.
    Descriptions& descriptions() const;

private:
    PgOptions options_;
    Features features_;
    PostgresqlOperations operations_;
    PostgresqlIntrospection introspection_;
    PostgresqlCreation creation_;
    std::uint64_t number_;  // of this driver in the process
};

}  // namespace nuages::db::postgresql::detail

// Database: one entry of DATABASES with its pool of sessions, and the list of them that a site sets at start-up.
//
// Sessions belong to the loop thread that opened them; a thread opens its own as it needs them, up to `pool_size`.
// A database in memory has one session for all threads, used in turn.
#pragma once

#include <nuages/base/ref.hpp>
#include <nuages/conf/database_url.hpp>
#include <nuages/db/connection.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db {

/// How a vendor enters: a name and a factory. Backends are constants; `register_backend` makes one known.
struct Backend {
    const char* engine;                                        ///< "sqlite": the engine of a conf::DatabaseUrl.
    Ref<Driver> (*make_driver)(const conf::DatabaseUrl& url);  ///< Throws ImproperlyConfigured for bad options.
};

/// Makes BACKEND (which must live on) available to `Database`; a second call with the same one does nothing.
void register_backend(const Backend& backend);

/// A database under its alias. Made at start-up, shared by all threads.
class Database : public RefCounted {
public:
    /// Connects to nothing yet. Throws ImproperlyConfigured when no backend is registered for the URL's engine.
    Database(std::string alias, conf::DatabaseUrl url);
    ~Database() override;

    const std::string& alias() const { return alias_; }
    const conf::DatabaseUrl& url() const { return url_; }
    Driver& driver() const { return *driver_; }
    Connection connection() { return Connection(*this); }

    /// Closes the idle sessions of all threads; only when no statement runs.
    void close();

    /// For the machinery of this folder.
    struct Pools;
    Pools& pools() const { return *pools_; }

private:
    std::string alias_;
    conf::DatabaseUrl url_;
    Ref<Driver> driver_;
    Pools* pools_;
};

/// The databases of a site, in the order of its settings.
using Databases = std::vector<Ref<Database>>;

/// Makes Database objects of `settings.databases`.
Databases make_databases(const std::vector<std::pair<std::string, conf::DatabaseUrl>>& entries);

/// Sets what `connection(alias)` finds, for all threads, and returns the former ones. To be called while no query runs.
Databases set_databases(Databases databases);
/// The databases that are set.
const Databases& databases();

}  // namespace nuages::db

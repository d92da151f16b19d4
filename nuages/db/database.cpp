#include <nuages/base/error.hpp>
#include <nuages/db/database.hpp>
#include <nuages/db/detail/pool.hpp>
#include <nuages/db/errors.hpp>

#include <algorithm>
#include <utility>

namespace nuages::db {

namespace {

std::vector<const Backend*>& backends() {
    static std::vector<const Backend*> list;
    return list;
}

Ref<Driver> driver_for(const std::string& alias, const conf::DatabaseUrl& url) {
    std::string known;
    for (const Backend* backend : backends()) {
        if (url.engine == backend->engine) return backend->make_driver(url);
        known.append(known.empty() ? "" : ", ").append("'").append(backend->engine).append("'");
    }
    throw ImproperlyConfigured("'" + url.engine + "' isn't an available database backend (database '" + alias +
                               "'). Available ones are: " + (known.empty() ? "none" : known) + ".");
}

std::size_t next_index() {
    static std::size_t next = 0;
    return __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);
}

Databases& current_databases() {
    static Databases list;
    return list;
}

}  // namespace

void register_backend(const Backend& backend) {
    if (std::find(backends().begin(), backends().end(), &backend) == backends().end()) backends().push_back(&backend);
}

Database::Database(std::string alias, conf::DatabaseUrl url)
    : alias_(std::move(alias)), url_(std::move(url)), driver_(driver_for(alias_, url_)), pools_(new Pools) {
    pools_->index = next_index();
}

Database::~Database() {
    close();
    delete pools_;
}

Databases make_databases(const std::vector<std::pair<std::string, conf::DatabaseUrl>>& entries) {
    Databases list;
    for (const auto& [alias, url] : entries) list.push_back(make_ref<Database>(alias, url));
    return list;
}

Databases set_databases(Databases list) { return std::exchange(current_databases(), std::move(list)); }

const Databases& databases() { return current_databases(); }

Connection connection(std::string_view alias) {
    for (const auto& database : databases()) {
        if (database->alias() == alias) return database->connection();
    }
    throw ConnectionDoesNotExist("The connection '" + std::string(alias) + "' doesn't exist.");
}

}  // namespace nuages::db

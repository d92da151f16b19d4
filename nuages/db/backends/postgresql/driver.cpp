#include <nuages/db/array.hpp>
#include <nuages/db/backends/postgresql/backend.hpp>
#include <nuages/db/backends/postgresql/detail/driver.hpp>
#include <nuages/db/backends/postgresql/detail/session.hpp>
#include <nuages/db/backends/postgresql/detail/wire.hpp>

#include <utility>

namespace nuages::db::postgresql {

namespace detail {

namespace {

std::uint64_t next_number() {
    static std::uint64_t next = 0;
    return __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);
}

struct KnownHere {
    std::uint64_t driver;
    Ref<Descriptions> descriptions;
};
thread_local std::vector<KnownHere> known_here;

}  // namespace

PgDriver::PgDriver(PgOptions options) : options_(std::move(options)), number_(next_number()) {
    features_.max_query_params = 65535;
    features_.can_return_columns_from_insert = true;
    features_.can_return_rows_from_bulk_insert = true;
    features_.can_alter_foreign_keys = true;
    features_.has_native_boolean = true;
    features_.has_select_for_update = true;
    features_.requires_casted_case_in_updates = true;
    features_.supports_update_from_values = true;
    features_.has_numbered_placeholders = true;
    features_.has_bulk_copy = true;
    features_.has_native_uuid_field = true;
    features_.has_native_duration_field = true;
    features_.supports_json_field_contains = true;
    features_.supports_rounding_to_tens = true;
    features_.has_native_json_field = true;
    features_.can_distinct_on_fields = true;
    features_.supports_slicing_ordering_in_compound = true;
    features_.supports_aggregate_order_by_clause = true;
    features_.supports_comments = true;
    features_.supports_tablespaces = true;
    features_.supports_covering_indexes = true;
    features_.supports_nulls_distinct_unique_constraints = true;
    features_.supports_deferrable_unique_constraints = true;
}

Session* PgDriver::connect() {
    Ref<Wire> wire = Wire::connect(options_);
    if (PQserverVersion(wire->connection()) < 160000) __atomic_store_n(&features_.supports_any_value, false, __ATOMIC_RELAXED);
    auto* session = new PgSession(Ref<PgDriver>(this), std::move(wire));
    try {
        for (const std::string& sql : options_.set_up) session->run(sql);
    } catch (...) {
        delete session;
        throw;
    }
    return session;
}

Descriptions& PgDriver::descriptions() const {
    for (const KnownHere& entry : known_here) {
        if (entry.driver == number_) return *entry.descriptions;
    }
    return *known_here.emplace_back(KnownHere{number_, make_ref<Descriptions>()}).descriptions;
}

bool PgDriver::shareable(std::string_view sql) const {
    const Description* description = descriptions().known(sql);
    return description && description->described && description->reads_only && description->is_fast;
}

}  // namespace detail

namespace {

Ref<Driver> make_driver(const conf::DatabaseUrl& url) {
    set_array_reader(detail::read_array);
    return make_ref<detail::PgDriver>(detail::read_options(url));
}

}  // namespace

const Backend backend{"postgresql", make_driver};

}  // namespace nuages::db::postgresql

#include <nuages/db/models/formatting.hpp>
#include <nuages/utils/value.hpp>

namespace nuages::db::models::detail {

std::string shown(const Date& value) { return value.iso(); }
std::string shown(const Time& value) { return value.iso(); }
std::string shown(const DateTime& value) {
    std::string text;
    value.append_iso(text, ' ');
    return text;
}
std::string shown(const Duration& value) { return nuages::Value::duration(value.microseconds).str(); }
std::string shown(const Decimal& value) { return value.str(); }
std::string shown(const Uuid& value) { return value.str(); }

}  // namespace nuages::db::models::detail

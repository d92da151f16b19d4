#include "typed_values.hpp"

#include <nuages/utils/base64.hpp>

#include "../runner.hpp"

namespace nuages::conformance {

void Out::quote(std::string_view content) { text += json::serialize(json::value(content)); }

void Out::tagged(std::string_view type, std::string_view value) {
    text += json::serialize(json::object{{"$type", type}, {"value", value}});
}

void put(Out& out, bool value) { out.add(value ? "true" : "false"); }
void put(Out& out, std::int64_t value) { out.add(std::to_string(value)); }
void put(Out& out, double value) { out.add(json::serialize(json::value(value))); }
void put(Out& out, const std::string& value) { out.quote(value); }
void put(Out& out, Date value) { out.tagged("date", value.iso()); }
void put(Out& out, Time value) { out.tagged("time", value.iso()); }
void put(Out& out, DateTime value) { out.tagged("datetime", value.iso()); }
void put(Out& out, Duration value) {
    out.add("{\"$type\":\"timedelta\",\"value\":" + std::to_string(value.microseconds) + "}");
}
void put(Out& out, const Decimal& value) { out.tagged("decimal", value.str()); }
void put(Out& out, const Uuid& value) { out.tagged("uuid", value.str()); }
void put(Out& out, const models::Bytes& value) { out.tagged("bytes", utils::base64_encode(value.data)); }
void put(Out& out, const models::Json& value) { out.add(value.text); }
void put_literal(Out& out, const models::Literal& value) {
    switch (value.kind()) {
        case models::Literal::Kind::null: return out.add("null");
        case models::Literal::Kind::boolean: return put(out, value.integer() != 0);
        case models::Literal::Kind::integer: return put(out, value.integer());
        case models::Literal::Kind::real: return put(out, value.real());
        default: return put(out, models::python_str(value));
    }
}
void put(Out& out, const models::Deleted& value) {
    json::object counts;
    for (const auto& [label, count] : value.per_model) counts[label] = count;
    out.add(json::serialize(json::array{value.total, counts}));
}

}  // namespace nuages::conformance

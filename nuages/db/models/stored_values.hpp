// Values of fields that C++ has no type for: bytes, JSON. Decimals and UUIDs are those of utils.
#pragma once

#include <nuages/db/models/literal.hpp>
#include <nuages/utils/decimal.hpp>
#include <nuages/utils/uuid.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace nuages {
class Value;
}

namespace nuages::db::models {

/// The bytes of a BinaryField: no text.
struct Bytes {
    std::string data;

    Bytes() = default;
    explicit Bytes(std::string_view bytes) : data(bytes) {}
    friend bool operator==(const Bytes&, const Bytes&) = default;
    friend nuages::Value to_value(const Bytes& value);  ///< for templates
};

/// A document of a JSONField, as its text: Json(R"({"tags": ["a"]})"). Database and application keep it as it is written.
struct Json {
    std::string text = "null";

    Json() = default;
    explicit Json(std::string_view document) : text(document) {}
    friend bool operator==(const Json&, const Json&) = default;
    friend nuages::Value to_value(const Json& value);  ///< for templates
};

/// What is written behind a JSONField's lookups: a document of its own kind, or what JSON says of a plain value.
inline Literal to_literal(const Json& value) { return Literal::json(value.text); }
inline Literal to_literal(const Bytes& value) { return Literal::blob(value.data); }
inline Literal to_literal(const Decimal& value) { return Literal::decimal(value.str()); }
inline Literal to_literal(const Uuid& value) { return Literal::uuid(value.hex()); }

/// Values that become a Literal through to_literal() and stand for themselves in checks.
template <class T>
concept StoredValue = std::is_same_v<T, Json> || std::is_same_v<T, Bytes> || std::is_same_v<T, Decimal> ||
                      std::is_same_v<T, Uuid>;

}  // namespace nuages::db::models

// How SQLite spells SQL (django.db.backends.sqlite3).
#pragma once

#include <nuages/db/operations.hpp>

namespace nuages::db::sqlite {

/// SQLite's side of Operations; stateless.
class SqliteOperations final : public Operations {
public:
    void quote_name(std::string& out, std::string_view name) const override;
    std::size_t max_name_length() const override { return 0; }
    void placeholder(std::string& out, std::size_t) const override { out += '?'; }
    void limit_offset(std::string& out, std::int64_t low, std::optional<std::int64_t> high) const override;
    LookupOperator lookup_operator(std::string_view lookup) const override;
    LookupOperator pattern_operator(std::string_view lookup) const override;
    LookupOperator pattern_escape() const override;
    Wrap extract(std::string_view part, std::string_view field_kind) const override;
    Wrap trunc(std::string_view unit, std::string_view field_kind) const override;
    std::string_view data_type(std::string_view field_kind) const override;
    std::string_view data_type_suffix(std::string_view field_kind) const override;
    std::string_view data_type_check(std::string_view field_kind) const override;
    std::string_view cast_type(std::string_view field_kind) const override;
    Range integer_range(std::string_view field_kind) const override;
    LookupOperator ignore_conflicts() const override { return {" OR IGNORE", ""}; }
};

}  // namespace nuages::db::sqlite

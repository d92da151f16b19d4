// FieldKind: what a column holds. Expressions and fields share it.
#pragma once

#include <cstdint>

namespace nuages::db::models {

enum class FieldKind : std::uint8_t {
    small_auto,
    auto_,
    big_auto,
    boolean,
    small_integer,
    integer,
    big_integer,
    positive_small_integer,
    positive_integer,
    positive_big_integer,
    float_,
    decimal,
    char_,  ///< also e-mail, slug, URL, file path: see Field::type_name
    text,
    date,
    time,
    date_time,
    duration,
    uuid,
    ip_address,
    binary,
    json,
    composite,  ///< no column: a primary key of several fields, named "pk"
    foreign_key,
    one_to_one,
    many_to_many,  ///< no column: rows of a through table
    reverse,       ///< no column: a declared Reverse<Model, "field">
};

/// What happens to a row when the one that it refers to is deleted. The DB_ ones are left to the database.
enum class OnDelete : std::uint8_t {
    CASCADE,
    PROTECT,
    RESTRICT,
    SET_NULL,
    SET_DEFAULT,
    DO_NOTHING,
    SET,  ///< to Relation::set_value, or what set_call returns
    DB_CASCADE,
    DB_SET_NULL,
    DB_SET_DEFAULT
};
using enum OnDelete;

/// When a unique constraint is checked, where the database can wait with it.
enum class Deferrable : std::uint8_t { no, deferred, immediate };

}  // namespace nuages::db::models

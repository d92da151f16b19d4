// CompositePrimaryKey: a primary key of several fields, `CompositePrimaryKey<"order", "line_no"> pk_;` in a model.
//
// The member holds nothing: the key is its parts. object.pk() is a std::tuple of them, and so is what "pk"_f takes.
#pragma once

#include <nuages/base/fixed_string.hpp>
#include <nuages/db/models/field_kind.hpp>

#include <cstddef>
#include <string_view>

namespace nuages::db::models {

template <class Owner, fixed_string... Names> struct CompositePrimaryKey {
    using owner = Owner;
    static constexpr FieldKind kind = FieldKind::composite;
    static constexpr std::string_view class_name = "CompositePrimaryKey";
    static constexpr std::string_view parts[] = {Names.view()...};
    static constexpr std::size_t part_count = sizeof...(Names);

    friend bool operator==(const CompositePrimaryKey&, const CompositePrimaryKey&) { return true; }
};

}  // namespace nuages::db::models

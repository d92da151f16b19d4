// ArraySubquery (django.contrib.postgres.expressions): the rows of a query of one column as a list.
//
//     Author::objects.annotate("titles"_f = postgres::ArraySubquery(
//         Book::objects.filter("author"_f = OuterRef<Author>("pk"_f)).values_list("title"_f)));    // std::vector<std::string>
#pragma once

#include <nuages/db/array.hpp>
#include <nuages/db/models/conditions.hpp>

#include <vector>

namespace nuages::postgres {

namespace expr {
/// ARRAY(query); its values come as lists.
db::models::Expr array_subquery(db::models::Query query);
}  // namespace expr

/// The single values of a values_list() of one column; an empty list where it has no rows.
template <class V>
requires requires { typename V::single_value; }
auto ArraySubquery(const V& rows) {
    return db::models::TypedExpression<std::vector<typename V::single_value>>(expr::array_subquery(rows.query()));
}

}  // namespace nuages::postgres

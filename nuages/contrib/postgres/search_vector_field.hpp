// SearchVectorField (django.contrib.postgres.search): a column that keeps a document as the search sees it.
//
//     struct Article : models::Model<Article> {
//         TextField body;
//         models::Nullable<postgres::SearchVectorField> vector;
//         static models::Meta<Article> meta() { return {.indexes = {{.fields = {"vector"}, .name = "article_vector", .method = GinIndex()}}}; }
//     };
//     Article::objects.update("vector"_f = SearchVector("body"_f));         // or by a trigger
//     Article::objects.filter("vector"_f = "cheese");                       // or = SearchQuery("cheese | wine", {.search_type = SearchType::raw})
#pragma once

#include <nuages/contrib/postgres/search.hpp>
#include <nuages/db/models/field_type.hpp>
#include <nuages/db/models/field_values.hpp>

#include <string>
#include <string_view>

namespace nuages::postgres {

/// The class of the columns; its value is a text, 'cat':3 'fat':2 as the server prints it.
extern const db::models::FieldType search_vector_type;
/// For models made from data.
db::models::Field search_vector_field(std::string name);

struct SearchVectorField : db::models::TextField {
    static constexpr std::string_view class_name = "SearchVectorField";
    static constexpr const db::models::FieldType& field_type = search_vector_type;
    using db::models::TextField::TextField;
    using db::models::TextField::operator=;
};

}  // namespace nuages::postgres

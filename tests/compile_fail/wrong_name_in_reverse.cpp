// expect: has_no_relation_to<press::Article, "athor", press::Author>
#include <nuages/models.hpp>

namespace press {

namespace models = nuages::models;

struct Author : models::Model<Author> {
    BigAutoField                     id;
    Reverse<struct Article, "athor"> articles;
};
struct Article : models::Model<Article> {
    BigAutoField       id;
    ForeignKey<Author> author;
};

}  // namespace press

auto wrong() { return nuages::models::list<press::Author, press::Article>(); }

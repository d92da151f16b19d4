// expect: could not convert '3.5e+0' from 'double' to 'Model<blog::Article, blog::ArticleQuerySet>::PositiveIntegerField'
// expect-clang: from 'double' to 'PositiveIntegerField'
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

void wrong() { Article article{.title = "x", .views = 3.5}; }

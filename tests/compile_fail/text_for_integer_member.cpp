// expect: from 'const char [4]' to 'Model<blog::Article, blog::ArticleQuerySet>::PositiveIntegerField'
// expect-clang: from 'const char [4]' to 'PositiveIntegerField'
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

void wrong() { Article article{.title = "x", .views = "yes"}; }

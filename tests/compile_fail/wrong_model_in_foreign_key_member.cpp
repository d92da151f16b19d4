// expect: could not convert 'tag' from 'const blog::Tag' to 'Model<blog::Article, blog::ArticleQuerySet>::ForeignKey<blog::Author>'
// expect-clang: deleted
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

void wrong(const Tag& tag) { Article article{.title = "x", .author = tag}; }

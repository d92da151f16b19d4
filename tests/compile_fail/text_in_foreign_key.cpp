// expect: cannot_be_compared_with<blog::Article, "author", ForeignKey<blog::Author>, string>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("author"_f = "Ada"); }

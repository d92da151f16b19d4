// expect: cannot_be_compared_with<blog::Article, "author", ForeignKey<blog::Author>, ObjectOf<blog::Tag>>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong(const Tag& tag) { return Article::objects.filter("author"_f = tag); }

// expect: has_no_field<blog::Author, "key">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Author::objects.filter(Exists(Article::objects.filter("author"_f = OuterRef<Author>("key"_f)))); }

// expect: a Subquery is one column
// expect-clang: a Subquery is one column
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Author::objects.annotate("x"_f = Subquery(Article::objects.values_list("title"_f, "slug"_f))); }

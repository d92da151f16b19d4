// expect: has_no_such_relation_to<blog::Article, blog::Author>
// expect-clang: NameOfTo<blog::Article, blog::Author>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.prefetch_related("tags", Author::objects.all()); }

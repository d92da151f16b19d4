// expect: has_no_such_relation<blog::Author>
// expect-clang: RelationName<blog::Author>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Author::objects.prefetch_related("artcles"); }

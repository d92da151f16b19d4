// expect: has_no_such_relation<blog::Article>
// expect-clang: OneName<blog::Article>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.select_related("title"); }

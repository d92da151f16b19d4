// expect: has_no_such_field<blog::Article>
// expect-clang: OrderName<blog::Article>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.order_by("views"_f.desc(), "titel"); }

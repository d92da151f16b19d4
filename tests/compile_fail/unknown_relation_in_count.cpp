// expect: has_no_field<blog::Author, "artcles">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Author::objects.annotate("n"_f = Count("artcles"_f)); }

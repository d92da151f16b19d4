// expect: has_no_field<blog::Author, "m">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Author::objects.annotate("n"_f = Count("articles"_f)).filter("m__gt"_f = 5); }

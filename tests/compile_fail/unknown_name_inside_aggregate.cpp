// expect: has_no_field<blog::Article, "viewz">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.aggregate("n"_f = Sum("viewz"_f)); }

// expect: has_no_field<blog::Article, "athor">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("athor__name"_f = "x"); }

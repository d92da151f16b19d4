// expect: has_no_field<blog::Article, "slugg">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.values_flat("title"_f).get("slugg"_f = "x"); }

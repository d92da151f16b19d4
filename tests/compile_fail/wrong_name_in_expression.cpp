// expect: has_no_field<blog::Article, "likes">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("views__gt"_f = "likes"_f + 1); }

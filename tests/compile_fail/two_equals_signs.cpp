// expect: takes_one_equals_sign<"title">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("title"_f == "x"); }

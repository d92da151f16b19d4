// expect: has_no_field<blog::Author, "nmae">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("author__nmae"_f = "x"); }

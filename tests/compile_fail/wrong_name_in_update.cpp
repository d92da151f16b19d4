// expect: has_no_field<blog::Article, "view">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.update("view"_f = 1); }

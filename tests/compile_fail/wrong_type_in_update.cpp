// expect: cannot_be_set_to<blog::Article, "views", PositiveIntegerField, string>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.update("views"_f = "x"); }

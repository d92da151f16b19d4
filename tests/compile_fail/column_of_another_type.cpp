// expect: cannot_be_compared_with<blog::Article, "views", PositiveIntegerField, string>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("views"_f = "title"_f); }

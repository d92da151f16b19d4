// expect: cannot_be_compared_with<blog::Article, "views__in", PositiveIntegerField, long
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("views__in"_f = 3); }

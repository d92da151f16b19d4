// expect: has_no_lookup<blog::Article, "views", PositiveIntegerField, "year">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("views__year"_f = 3); }

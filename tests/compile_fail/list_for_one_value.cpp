// expect: cannot_be_compared_with<blog::Article, "views", PositiveIntegerField, ListOf<long
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("views"_f = {1, 2}); }

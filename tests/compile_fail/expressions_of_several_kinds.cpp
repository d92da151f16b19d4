// expect: is_of_another_kind<blog::Article, string, int>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("title__in"_f = std::tuple("slug"_f, "views"_f)); }

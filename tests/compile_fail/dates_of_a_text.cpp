// expect: is_no_date<blog::Article, "title">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.dates("title"_f, "year"); }

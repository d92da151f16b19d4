// expect: has_no_field<blog::Article, "times">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("times__created__year"_f = 2024); }

// expect: has_no_lookup<blog::Article, "title", CharField, "year">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.values_list("title__year"_f); }

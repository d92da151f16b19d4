// expect: is_not_a_text<blog::Article, int>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.values_flat("views"_f.slice(0, 2)); }

// expect: is_not_a_number<blog::Article, string>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.aggregate("total"_f = Sum("title"_f)); }

// expect: is_no_condition<blog::Article, bool>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter(true); }

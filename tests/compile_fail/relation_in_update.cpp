// expect: cannot_be_set_to<blog::Article, "tags"
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.update("tags"_f = "x"); }

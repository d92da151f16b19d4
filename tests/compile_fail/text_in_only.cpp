// expect: is_no_column<blog::Article, const char [6]>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.only("title"); }

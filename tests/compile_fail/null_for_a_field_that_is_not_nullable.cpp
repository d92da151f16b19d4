// expect: cannot_be_set_to<blog::Article, "title", CharField, nullptr_t>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.update("title"_f = nullptr); }

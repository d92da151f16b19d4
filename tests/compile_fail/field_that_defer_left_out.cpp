// expect: has_not_selected<blog::Article, "body">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.defer("body"_f).first()->operator[]("body"_f); }

// expect: cannot_be_compared_with<blog::Article, "title", CharField, ObjectOf<blog::Author>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong(const Author& ada) { return Article::objects.filter("title"_f = ada); }

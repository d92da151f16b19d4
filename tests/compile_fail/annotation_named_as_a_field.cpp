// expect: has_field_already<blog::Article, "title">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.annotate("title"_f = Count("tags"_f)); }

// expect: has_annotation_already<blog::Article, "status">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.values_list("status"_f).annotate("status"_f = Count("id"_f)); }

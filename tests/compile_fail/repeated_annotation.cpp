// expect: has_annotation_already<blog::Author, "n">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Author::objects.annotate("n"_f = Count("articles"_f)).annotate("n"_f = Count("id"_f)); }

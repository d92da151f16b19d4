// expect: has_no_field<blog::Author, "artcles">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Author::objects.annotate("new"_f = models::FilteredRelation("artcles"_f, "artcles__views__gt"_f = 5)); }

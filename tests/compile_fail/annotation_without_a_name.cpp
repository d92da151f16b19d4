// expect: is_no_named_value<blog::Author, Aggregate<AggregateKind::count, FieldRef<"articles">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Author::objects.annotate(Count("articles"_f)); }

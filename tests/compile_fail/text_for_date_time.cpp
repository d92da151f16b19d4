// expect: cannot_be_compared_with<blog::Article, "published_at__gt", Nullable<DateTimeField>, string>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("published_at__gt"_f = "2024-01-01"); }

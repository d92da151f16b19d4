// expect: has_no_lookup_class<blog::Article, "Regex", bool>
#include "../contract/blog/models.hpp"

#include <nuages/db/models/comparisons.hpp>

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter(models::lookups::Regex(("views__gt"_f = 3), "x")); }

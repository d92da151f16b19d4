// expect: cannot_be_compared_with<blog::Article, "GreaterThan", string, long
#include "../contract/blog/models.hpp"

#include <nuages/db/models/comparisons.hpp>

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter(models::lookups::GreaterThan("title"_f, 5)); }

// expect: has_no_field<blog::Article, "view">
#include "../contract/blog/models.hpp"

#include <nuages/db/models/case.hpp>

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.annotate("k"_f = models::Case(models::When("view"_f = 1, "a"), models::Default("b"))); }

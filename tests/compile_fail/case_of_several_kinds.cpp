// expect: is_of_another_kind<blog::Article, string, int>
// expect-clang: is_of_another_kind<blog::Article, string, int>
#include "../contract/blog/models.hpp"
#include <nuages/db/models/case.hpp>

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.annotate("x"_f = models::Case(models::When("views__gt"_f = 9, "title"_f), models::Default("views"_f))); }

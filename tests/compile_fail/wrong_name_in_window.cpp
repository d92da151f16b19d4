// expect: has_no_field<blog::Article, "athor">
#include "../contract/blog/models.hpp"

#include <nuages/db/models/window.hpp>

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.annotate("r"_f = models::Window(models::functions::Rank()).partition_by("athor"_f)); }

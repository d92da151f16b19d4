// expect: is_not_a_document<blog::Article, "title">
#include "../contract/blog/models.hpp"

#include <nuages/db/models/functions.hpp>

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.annotate("x"_f = models::KT("title"_f)); }

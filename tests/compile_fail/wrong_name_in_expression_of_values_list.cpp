// expect: has_no_field<blog::Article, "titel">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

#include <nuages/db/models/functions.hpp>
auto wrong() { return Article::objects.values_list("title"_f, models::functions::Upper("titel"_f)); }

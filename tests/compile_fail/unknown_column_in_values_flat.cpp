// expect: has_no_field<blog::Article, "titel">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.values_flat("titel"_f); }

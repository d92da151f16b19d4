// expect: has_no_field<blog::Author, "nmae">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Author::objects.get_or_create("email"_f = "a@b.c", models::defaults("nmae"_f = "Ada")); }

// expect: is_written_with_exclude<"views">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("views"_f != 3); }

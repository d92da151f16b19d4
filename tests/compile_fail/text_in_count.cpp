// expect: a column is named with _f behind the text
// expect-clang: a column is named with _f behind the text
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("id"_f = 1).annotate("n"_f = Count("tags")); }

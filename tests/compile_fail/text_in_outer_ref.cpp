// expect: a column is named with _f behind the text
// expect-clang: a column is named with _f behind the text
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Author::objects.filter(Exists(Article::objects.filter("author"_f = OuterRef<Author>("pk")))); }

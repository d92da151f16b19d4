// expect: has_no_such_field<blog::Article>
// expect-clang: FieldName<blog::Article>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.raw({"SELECT id, name AS t FROM blog_article", {{"t", "titel"}}}); }

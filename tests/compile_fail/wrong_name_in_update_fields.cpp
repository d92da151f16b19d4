// expect: has_no_such_field<blog::Article>
// expect-clang: FieldName<blog::Article>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

void wrong(Article& article) { article.Model::save({.update_fields = {"titel"}}); }

// expect: takes_no<CharField, nullptr_t>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

void wrong(Article& article) { article.title = nullptr; }

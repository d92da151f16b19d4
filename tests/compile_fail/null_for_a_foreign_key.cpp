// expect: ForeignKey(nullptr_t) [with To = blog::Author
// expect-clang: deleted
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

void wrong(Article& article) { article.author = nullptr; }

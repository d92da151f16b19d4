// expect: ManyToManyField
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong(Article& article) { return article.tags; }

// expect: takes_no<CharField, int>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

void wrong(Article& article) { article.title = 3; }

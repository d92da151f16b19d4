// expect: takes_no<CharField, int>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

bool wrong(const Article& article) { return article.title == 3; }

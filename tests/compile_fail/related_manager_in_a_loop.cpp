// expect: a manager is not iterable: iterate its all()
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

void wrong(const Author& author) { for (const Article& article : author.articles) (void)article; }

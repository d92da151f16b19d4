// expect: a manager is not iterable: iterate its all()
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

void wrong() { for (const Article& article : Article::objects) (void)article; }

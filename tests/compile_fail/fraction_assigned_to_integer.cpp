// expect: takes_no<PositiveIntegerField, double>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

void wrong(Article& article) { article.views = 3.5; }

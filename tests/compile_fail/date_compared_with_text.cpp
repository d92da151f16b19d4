// expect: takes_no<DateTimeField, const char*>
// expect-clang: takes_no<DateTimeField, const char *>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

bool wrong(const Comment& comment) { return comment.created == "2024-01-01"; }

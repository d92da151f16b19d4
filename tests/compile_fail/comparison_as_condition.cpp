// expect: is_written_as_lookup<"views__gt">
// expect-clang: is_written_as_lookup<"views__gt">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("views"_f > 3); }

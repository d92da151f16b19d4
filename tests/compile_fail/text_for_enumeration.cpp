// expect: cannot_be_compared_with<blog::Article, "status", ChoiceField<blog::Status>, string>
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.filter("status"_f = "published"); }

// expect: has_no_field<blog::Article, "titel">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() {
    Q mine = ("titel"_f = "x") || ("views__gt"_f = 5);
    return Article::objects.filter(mine);
}

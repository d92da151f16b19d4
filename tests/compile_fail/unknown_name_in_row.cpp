// expect: has_no_field<blog::Author, "m">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() {
    auto rows = Author::objects.annotate("n"_f = Count("articles"_f)).list();
    return rows[0]["m"_f] == 1;
}

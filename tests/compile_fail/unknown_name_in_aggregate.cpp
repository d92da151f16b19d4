// expect: has_no_annotation<blog::Article, "mean">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() {
    auto sums = Article::objects.aggregate("total"_f = Sum("views"_f));
    return sums["mean"_f] == 1;
}

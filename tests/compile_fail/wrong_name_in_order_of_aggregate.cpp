// expect: has_no_field<blog::Article, "veiws">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.aggregate("x"_f = models::StringAgg("title"_f, ",").order_by("veiws"_f.desc())); }

// expect: has_no_field<blog::Article, "slag">
#include "../contract/blog/models.hpp"

using namespace blog;
using namespace nuages;

auto wrong() { return Article::objects.in_bulk("slag"_f, std::vector<std::string>{"x"}); }

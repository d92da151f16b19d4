// follow-up on g++: a name that is no member spoils the call and the return type too
// expect: 'get_absolute_ulr' is not a member of 'shop::Author'
// expect-clang: no member named 'get_absolute_ulr' in 'shop::Author'
#include <nuages/models.hpp>

namespace shop {
namespace models = nuages::models;

struct Author : models::Model<Author> {
    BigAutoField id;
    CharField name {{.max_length = 100}};

    std::string get_absolute_url() const { return "/authors/" + name; }
    static consteval auto exposed() { return models::methods<&Author::get_absolute_ulr>(); }
};
}  // namespace shop

int main() { return static_cast<int>(shop::Author::objects.count()); }

// expect: cannot_be_exposed<&shop::Author::greeting
#include <nuages/models.hpp>

namespace shop {
namespace models = nuages::models;

struct Author : models::Model<Author> {
    BigAutoField id;
    CharField name {{.max_length = 100}};

    std::string greeting(std::string_view word) const { return std::string(word) + name; }
    static consteval auto exposed() { return models::methods<&Author::greeting>(); }
};
}  // namespace shop

int main() {}

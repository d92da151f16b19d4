// expect: from 'const char [4]' to 'Model<Flag>::BooleanField'
// expect-clang: from 'const char [4]' to 'BooleanField'
#include <nuages/models.hpp>

namespace models = nuages::models;

struct Flag : models::Model<Flag> {
    BigAutoField id;
    BooleanField published {{.default_ = false}};
};

void wrong() { Flag flag{.published = "yes"}; }

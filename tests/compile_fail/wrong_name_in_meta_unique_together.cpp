// expect: has_no_such_field<Thing>::name
// expect-clang: consteval function
#include <nuages/models.hpp>

namespace models = nuages::models;

struct Thing : models::Model<Thing> {
    BigAutoField id;
    CharField name{{.max_length = 10}};
    static models::Meta<Thing> meta() { return {.unique_together = {{"name", "nam"}}}; }
};

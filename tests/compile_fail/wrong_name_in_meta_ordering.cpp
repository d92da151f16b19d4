// expect: has_no_such_field<Broken>
// expect-clang: MetaName<Broken>
#include <nuages/models.hpp>

namespace models = nuages::models;

struct Broken : models::Model<Broken> {
    BigAutoField id;
    CharField title {{.max_length = 100}};
    static models::Meta<Broken> meta() { return {.ordering = {"-titel"}}; }
};

// The two tables of the benchmark endpoints, as TechEmpower's tests have them.
#pragma once

#include <nuages/models.hpp>

namespace bench {

namespace models = nuages::models;
using namespace nuages::literals;

struct World : models::Model<World> {
    IntegerField id {{.primary_key = true}};
    IntegerField random_number {{.db_column = "randomnumber"}};

    static models::Meta<World> meta() { return {.db_table = "world"}; }
};

struct Fortune : models::Model<Fortune> {
    IntegerField id {{.primary_key = true}};
    CharField    message {{.max_length = 2048}};

    static models::Meta<Fortune> meta() { return {.db_table = "fortune"}; }
};

}  // namespace bench

// expect: names_no_field<press::Line, "ordr">
#include <nuages/models.hpp>

namespace press {

namespace models = nuages::models;

struct Line : models::Model<Line> {
    IntegerField                         order;
    IntegerField                         number;
    CompositePrimaryKey<"ordr", "number"> key;
};

}  // namespace press

auto wrong() { return nuages::models::list<press::Line>(); }

// expect: the_route_captures_a_type_the_view_does_not_take
#include <nuages/urls/path.hpp>

using namespace nuages;

Response detail(Request&, int) { return Response(); }

void routes() { path("<slug:name>/", detail, {.name = "detail"}); }

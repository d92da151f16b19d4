// expect: the_route_captures_more_than_the_view_takes
#include <nuages/urls/path.hpp>

using namespace nuages;

Response index(const Request&) { return Response(); }

void routes() { path("<int:page>/", index); }

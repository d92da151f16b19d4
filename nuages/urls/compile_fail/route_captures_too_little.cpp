// expect: the_view_takes_more_than_the_route_captures
#include <nuages/urls/path.hpp>

using namespace nuages;

void routes() {
    path("archive/<int:year>/", [](Request&, int, std::string_view) { return Response(); });
}

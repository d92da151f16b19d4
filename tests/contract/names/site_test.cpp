// A site that says `using namespace nuages;` once and gives its own functions Django's names, outside of any namespace.
#include <sys/time.h>  // declares a struct timezone of its own

#include <nuages/site.hpp>
#include <nuages/test.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/views.hpp>

using namespace nuages;

namespace timezone_aliases {
namespace timezone = nuages::timezone;  // what a file that needs <sys/time.h> writes
DateTime now() { return timezone::now(); }
}  // namespace timezone_aliases

Response home(Request&) { return Response("home of " + reverse("home")); }
Response year(Request&, int number) { return Response(std::to_string(number)); }

Urls urls() {
    return {.patterns = {
                path("", home, {.name = "home"}),
                path("<int:number>/", year, {.name = "year"}),
            }};
}

Settings settings() {
    return {
        .secret_key = "only for this test",
        .middleware = {security, common},
        .root_urlconf = urls,
    };
}

namespace {

TEST(NaturalNames, UrlsAndSettingsMayBeGlobalFunctionsBesideTheDirective) {
    test::Client client;
    EXPECT_EQ(client.get("/").content, "home of /");
    EXPECT_EQ(client.get(reverse("year", 2026)).content, "2026");
    EXPECT_EQ(include(urls).urls().patterns.size(), 2u);
}

TEST(NaturalNames, TimezoneCanBeNamedBesideTheSystemsStruct) {
    EXPECT_GT(timezone_aliases::now(), DateTime::from_ymdhms(2020, 1, 1));
    EXPECT_GT(nuages::timezone::now(), DateTime::from_ymdhms(2020, 1, 1));
}

}  // namespace

int main(int argc, char** argv) { return test::run_tests(argc, argv, settings); }

// Runs the tests of the whole site, with databases in memory.
#include "settings.hpp"

#include <nuages/test/test_case.hpp>

#include <cstdlib>

int main(int argc, char** argv) {
    setenv("SECRET_KEY", "of the tests", 0);
    return nuages::test::run_tests(argc, argv, settings);
}

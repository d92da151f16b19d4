// The main() of test programs that link nuages::test and have none of their own.
#include <nuages/test/test_case.hpp>

int main(int argc, char** argv) { return nuages::test::run_tests(argc, argv); }

#include "runner.hpp"

#include <cstdio>
#include <exception>

int main(int count, char** arguments) {
    try {
        return nuages::conformance::run(count, arguments);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "nuages_conformance: %s\n", error.what());
        return 2;
    }
}

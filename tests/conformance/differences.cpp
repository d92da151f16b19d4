// Cases that Nuages answers differently on purpose: they count as skipped, with the reason.
#include "runner.hpp"

namespace nuages::conformance {
namespace {

struct Difference {
    std::string_view id;
    std::string_view reason;
};

constexpr Difference kDifferences[] = {
    {"own.base36#22", "numbers have 64 bits"},
    {"own.path_match#43", "an int capture has 64 bits: a number that does not fit is no match"},
    {"own.path_match#54", "an int capture has 64 bits: a number that does not fit is no match"},
    {"own.path_match#195", "a '%' in a route is reversed like any other character; Python's formatting trips over it"},
};

}  // namespace

std::string_view difference_of(std::string_view id) {
    for (const Difference& known : kDifferences)
        if (known.id == id) return known.reason;
    return {};
}

}  // namespace nuages::conformance

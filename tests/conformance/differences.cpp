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
    {"create_db_column", "a quote inside a column's name is doubled; Django's statement is none that a database takes"},
    {"raw-016", "extra() is refused: it takes SQL as text; the message names RawSQL"},
    {"raw-017", "extra() is refused: it takes SQL as text; the message names RawSQL"},
    {"json-lookups-048", "Django compares the text of KT() as JSON and fails; the comparison works"},
    {"json-lookups-053", "Django cannot read a number that SUM() gives for a JSON path; it is given as a number"},
    {"only-defer-022", "Django's peers of a deferred field come back as one-element lists; they are the values"},
    {"composite-pk-056", "Django's flat values of a distinct composite key lose its second part; they are whole"},
};

}  // namespace

std::string_view difference_of(std::string_view id) {
    for (const Difference& known : kDifferences)
        if (known.id == id) return known.reason;
    return {};
}

}  // namespace nuages::conformance

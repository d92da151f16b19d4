// Cases of raw requests, as README.md describes them.
#pragma once

#include <string>
#include <vector>

namespace raw_requests {

/// What must become of the next bytes of a case.
struct Outcome {
    enum class Kind { request, refused, more };
    Kind kind = Kind::more;
    int status = 200;  // of a refusal
    std::string method, target, body;
    bool closes = false;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// One line for messages of tests.
std::string describe(const Outcome& outcome);

struct Case {
    std::string place;  ///< "framing.requests:12 two lengths that differ"
    std::vector<Outcome> outcomes;
    std::string bytes;
};

/// Reads the cases of a file. Throws std::runtime_error naming file and line.
std::vector<Case> read_cases(const std::string& path);

}  // namespace raw_requests

// How many queries a piece of work sent, and how long they took: the page footer and EXPECT_NUM_QUERIES read it.
//
// A fiber and those it gathers count together; a request has a fiber of its own, so current_stats() is the request's.
// A StatsScope counts a part of the work.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nuages::db {

/// Sums over the queries of one request, command or block.
struct QueryStats {
    std::int64_t count = 0;         ///< Statements sent, as Django counts them: savepoints too, BEGIN and COMMIT not.
    std::int64_t transactions = 0;  ///< BEGIN, COMMIT and ROLLBACK, which Django's assertNumQueries counts too.
    std::int64_t microseconds = 0;  ///< Time from sending to the last row, waiting for a lock included.
    bool record = false;            ///< Keep the text of each statement in `statements`.
    std::vector<std::string> statements;

    double milliseconds() const { return static_cast<double>(microseconds) / 1000.0; }
};

/// What this tree of fibers has sent since it began, or since its innermost StatsScope began; never null.
const QueryStats* current_stats();

/// Collects the queries of this fiber, and of those it gathers, while it lives. Scopes nest; an inner one adds
/// its sums to the outer one when it ends. To be made and destroyed on the same fiber.
class StatsScope {
public:
    explicit StatsScope(bool record = false);
    ~StatsScope();
    StatsScope(const StatsScope&) = delete;
    StatsScope& operator=(const StatsScope&) = delete;

    const QueryStats& stats() const { return stats_; }

private:
    QueryStats stats_;
    QueryStats* outer_;
};

}  // namespace nuages::db

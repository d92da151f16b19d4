// One worker process as its master sees it.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/server/detail/program.hpp>
#include <nuages/server/detail/scoreboard.hpp>
#include <nuages/server/detail/sockets.hpp>
#include <nuages/server/worker_start.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace nuages::server::detail {

class Child {
public:
    unsigned number = 0;
    unsigned generation = 0;
    pid_t pid = -1;
    std::int64_t started_us = 0;
    std::int64_t trusted_us = 0;  // no sign of life is asked for before this
    std::int64_t ready_us = 0;    // 0: not yet
    std::int64_t told_us = 0;     // when it was told to end; 0: not yet
    std::int64_t aborted_us = 0;  // when it was told to report and die; 0: not yet
    bool is_retiring = false;     // has served its share of requests

    /// Makes board and channel; throws Error.
    Child(unsigned number, unsigned threads, std::string_view ticket_secret);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Of the part that the child inherits. After the fork the master closes it.
    WorkerStart start(const std::vector<int>& sockets) const;
    void close_inherited() noexcept;
    /// In another forked child: lets go of what is the master's.
    void close_own() noexcept;

    int channel() const noexcept { return channel_.get(); }
    bool is_current(unsigned present) const noexcept { return generation == present && !told_us && !is_retiring; }

    /// The thread whose last sign of life is older than LIMIT; null when all are well.
    const ThreadBoard* hung_thread(std::int64_t now_us, std::int64_t limit_us) const noexcept;
    /// "for 31 s; it began GET /slow/ 31.2 s ago, 1 request runs".
    std::string describe(const ThreadBoard& thread, std::int64_t now_us) const;
    /// Its threads count as alive from now on.
    void forgive(std::int64_t now_us) noexcept;
    std::uint64_t requests() const noexcept;

private:
    unsigned threads_;
    Descriptor board_memory_;
    BoardHead* head_ = nullptr;
    ThreadBoard* boards_ = nullptr;
    Descriptor channel_;
    Descriptor channel_of_child_;
};

}  // namespace nuages::server::detail

#include <nuages/async/watchdog.hpp>

#include <nuages/async/detail/loop_core.hpp>
#include <nuages/async/detail/watched_loop.hpp>
#include <nuages/async/time.hpp>
#include <nuages/base/log.hpp>

#include <execinfo.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

namespace nuages::async {

namespace {

constexpr int kFramesMax = 64;
constexpr std::size_t kActivityMax = 300;
constexpr int kLooksPerLimit = 4;
constexpr long kAnswerNs = 200'000'000;  // for which the watchdog waits for a stack

int watchdog_signal() noexcept { return SIGRTMIN + 5; }

std::mutex loops_mutex;
std::vector<detail::LoopCore*>& loops() {
    static auto* const all = new std::vector<detail::LoopCore*>;  // threads may outlive main()'s statics
    return *all;
}

// What the signal handler found, on the thread that it interrupted.
struct Sample {
    sem_t done;
    std::atomic<bool> is_asked_for = false;  // orders what both threads write: a signal alone does not
    void* frames[kFramesMax];
    int frame_count = 0;
    char activity[kActivityMax];
    std::size_t activity_size = 0;
};
std::atomic<Sample*> wanted = nullptr;

void take_sample(int) noexcept {
    const int error = errno;
    Sample* sample = wanted.load(std::memory_order_acquire);
    if (sample && sample->is_asked_for.exchange(false, std::memory_order_acq_rel)) {
        sample->frame_count = backtrace(sample->frames, kFramesMax);
        sample->activity_size = describe_running(sample->activity, kActivityMax);
        sem_post(&sample->done);
    }
    errno = error;
}

void log_hold(const LoopHold& hold) {
    std::string text = "A fiber has held its event loop for " + std::to_string(hold.held.microseconds / 1000) + " ms";
    text += hold.activity.empty() ? "." : ": " + hold.activity;
    char** symbols = backtrace_symbols(hold.frames, static_cast<int>(hold.frame_count));
    for (std::size_t i = 0; symbols && i < hold.frame_count; ++i) text.append("\n  ").append(symbols[i]);
    std::free(symbols);
    log::warning("nuages.async", text);
}

}  // namespace

struct Watchdog::State {
    Duration limit;
    Function<void(const LoopHold&)> report;
    std::thread thread;
    std::mutex mutex;
    std::condition_variable changed;
    bool stopping = false;
    Sample sample;

    struct Seen {
        detail::LoopCore* core;
        std::uint64_t beat;
        std::int64_t since_us;
        bool is_reported;
    };
    std::vector<Seen> seen;

    void watch() {
        const auto pause = std::chrono::microseconds(std::max<std::int64_t>(limit.microseconds / kLooksPerLimit, 250));
        std::unique_lock lock(mutex);
        while (!changed.wait_for(lock, pause, [this] { return stopping; })) {
            try {
                look();
            } catch (const std::exception& error) {
                log::error("nuages.async", std::string("Watchdog: ") + error.what());
            }
        }
    }

    struct Found {
        Duration held;
        std::string activity;
        std::vector<void*> frames;
    };

    void look() {
        std::vector<Found> found;
        {
            const std::lock_guard lock(loops_mutex);  // no loop ends meanwhile
            found = look_at_loops();
        }
        for (const Found& one : found)
            report({.held = one.held, .activity = one.activity, .frames = one.frames.data(), .frame_count = one.frames.size()});
    }

    std::vector<Found> look_at_loops() {
        const std::int64_t now_us = monotonic_microseconds();
        std::vector<Seen> present;
        std::vector<Found> found;
        for (detail::LoopCore* core : loops()) {
            const auto known = std::find_if(seen.begin(), seen.end(), [&](const Seen& one) { return one.core == core; });
            const std::uint64_t beat = core->beat();
            Seen one{core, beat, now_us, false};
            if (known != seen.end() && known->beat == beat) one = *known;
            const bool is_held = beat % 2 == 1 && now_us - one.since_us >= limit.microseconds;
            if (is_held && !one.is_reported) {
                one.is_reported = true;
                found.push_back(look_at_stack(*core, microseconds(now_us - one.since_us)));
            }
            present.push_back(one);
        }
        seen = std::move(present);
        return found;
    }

    Found look_at_stack(detail::LoopCore& core, Duration held) {
        while (sem_trywait(&sample.done) == 0) {}
        sample.frame_count = 0;
        sample.activity_size = 0;
        sample.is_asked_for.store(true, std::memory_order_release);
        if (pthread_kill(core.thread(), watchdog_signal()) != 0) return {held, {}, {}};
        timespec end{};
        clock_gettime(CLOCK_REALTIME, &end);
        end.tv_nsec += kAnswerNs;
        if (end.tv_nsec >= 1'000'000'000) ++end.tv_sec, end.tv_nsec -= 1'000'000'000;
        while (sem_timedwait(&sample.done, &end) != 0) {
            if (errno != EINTR) return {held, {}, {}};  // in a call that no signal interrupts
        }
        const int own = std::min(sample.frame_count, 2);  // the handler's, and the kernel's way back from it
        return {held, std::string(sample.activity, sample.activity_size),
                std::vector<void*>(sample.frames + own, sample.frames + sample.frame_count)};
    }
};

Watchdog::Watchdog(Duration limit, Function<void(const LoopHold&)> report) : state_(nullptr) {
    void* frame;
    backtrace(&frame, 1);  // loads what it needs: not in the handler
    auto* state = new State;
    state->limit = std::max(limit, milliseconds(1));
    state->report = report ? std::move(report) : Function<void(const LoopHold&)>(log_hold);
    sem_init(&state->sample.done, 0, 0);
    {
        const std::lock_guard lock(loops_mutex);
        if (wanted) {
            delete state;
            throw Error("There is a Watchdog already: one watches all loops of the process.");
        }
        wanted = &state->sample;
    }
    struct sigaction action {};
    action.sa_handler = take_sample;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(watchdog_signal(), &action, nullptr);
    state->thread = std::thread([state] { state->watch(); });
    state_ = state;
}

// The handler stays: a signal may still be on its way.
Watchdog::~Watchdog() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
        state_->changed.notify_one();
    }
    state_->thread.join();
    {
        const std::lock_guard lock(loops_mutex);
        wanted = nullptr;
    }
    sem_destroy(&state_->sample.done);
    delete state_;
}

namespace detail {

WatchedLoop::WatchedLoop(LoopCore& core) : core_(core) {
    const std::lock_guard lock(loops_mutex);
    loops().push_back(&core_);
}

WatchedLoop::~WatchedLoop() {
    const std::lock_guard lock(loops_mutex);
    std::erase(loops(), &core_);
}

}  // namespace detail
}  // namespace nuages::async

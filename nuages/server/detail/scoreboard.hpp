// What a loop thread says about itself in memory that it shares with the master: that it is alive, and what it does.
// One writer, the thread; the master reads without a lock and takes a torn text as it is.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nuages::server::detail {

struct ThreadBoard {
    static constexpr std::size_t kTextMax = 200;

    std::atomic<std::int64_t> beat_us;    // CLOCK_MONOTONIC, at the last turn of the heartbeat
    std::atomic<std::int64_t> began_us;   // of the request that began last
    std::atomic<std::uint64_t> requests;  // answered
    std::atomic<std::uint32_t> running;   // handlers that have begun and not ended
    std::atomic<std::int32_t> thread_id;  // of the kernel
    char doing[kTextMax];                 // "GET /path" of the request that began last, as far as it fits

    void say(std::string_view method, std::string_view target) noexcept {
        std::size_t size = 0;
        const auto add = [&](std::string_view text) {
            for (std::size_t i = 0; i < text.size() && size + 1 < kTextMax; ++i) doing[size++] = text[i];
        };
        add(method);
        add(" ");
        add(target);
        doing[size] = '\0';
    }
};

/// A worker's shared memory: this, then a ThreadBoard for each of its threads.
struct alignas(64) BoardHead {
    unsigned char ticket_secret[32];  // the same in all workers of a master (TlsOptions::ticket_secret)

    ThreadBoard* threads() noexcept { return reinterpret_cast<ThreadBoard*>(this + 1); }
    static constexpr std::size_t size_for(unsigned threads) noexcept;
};
constexpr std::size_t BoardHead::size_for(unsigned threads) noexcept {
    return sizeof(BoardHead) + threads * sizeof(ThreadBoard);
}

}  // namespace nuages::server::detail

#include <nuages/server/detail/child.hpp>

#include <nuages/base/error.hpp>

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace nuages::server::detail {

namespace {

[[noreturn]] void refuse(const char* what) {
    throw Error(std::string("Cannot start a worker: ") + what + ": " + std::strerror(errno) + ".");
}

}  // namespace

Child::Child(unsigned its_number, unsigned threads, std::string_view ticket_secret) : number(its_number), threads_(threads) {
    board_memory_ = Descriptor(::memfd_create("nuages-board", MFD_CLOEXEC));
    const std::size_t size = BoardHead::size_for(threads_);
    if (!board_memory_ || ::ftruncate(board_memory_.get(), static_cast<off_t>(size)) != 0) refuse("shared memory");
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) refuse("a channel");
    channel_ = Descriptor(ends[0]);
    channel_of_child_ = Descriptor(ends[1]);
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, board_memory_.get(), 0);
    if (memory == MAP_FAILED) refuse("shared memory");
    head_ = static_cast<BoardHead*>(memory);
    boards_ = head_->threads();
    std::memcpy(head_->ticket_secret, ticket_secret.data(), std::min(ticket_secret.size(), sizeof head_->ticket_secret));
}

Child::~Child() {
    if (head_) ::munmap(head_, BoardHead::size_for(threads_));
}

WorkerStart Child::start(const std::vector<int>& sockets) const {
    return {number, sockets, board_memory_.get(), threads_, channel_of_child_.get()};
}

void Child::close_inherited() noexcept {
    channel_of_child_ = Descriptor();
    board_memory_ = Descriptor();
}

void Child::close_own() noexcept { channel_ = Descriptor(); }

const ThreadBoard* Child::hung_thread(std::int64_t now_us, std::int64_t limit_us) const noexcept {
    for (unsigned i = 0; i < threads_; ++i) {
        const std::int64_t beat_us = boards_[i].beat_us.load(std::memory_order_relaxed);
        // A thread that has not begun is judged by its process' start.
        if (now_us - std::max(beat_us, trusted_us) > limit_us) return &boards_[i];
    }
    return nullptr;
}

std::string Child::describe(const ThreadBoard& thread, std::int64_t now_us) const {
    const auto seconds_since = [&](std::int64_t then_us) {
        char text[32];
        std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(now_us - then_us) / 1e6);
        return std::string(text);
    };
    std::string out = "for " + seconds_since(std::max(thread.beat_us.load(), started_us));
    if (threads_ > 1) out += " in its thread " + std::to_string(&thread - boards_);
    if (thread.beat_us.load() == 0) return out + "; it was still starting";
    if (thread.began_us.load() == 0) return out + "; it has answered no request yet";
    char doing[ThreadBoard::kTextMax];
    std::memcpy(doing, thread.doing, sizeof doing);
    doing[sizeof doing - 1] = '\0';
    const unsigned running = thread.running.load();
    return out + "; it began " + doing + " " + seconds_since(thread.began_us.load()) + " ago, " +
           std::to_string(running) + (running == 1 ? " request runs" : " requests run");
}

void Child::forgive(std::int64_t now_us) noexcept { trusted_us = now_us; }

std::uint64_t Child::requests() const noexcept {
    std::uint64_t sum = 0;
    for (unsigned i = 0; i < threads_; ++i) sum += boards_[i].requests.load(std::memory_order_relaxed);
    return sum;
}

}  // namespace nuages::server::detail

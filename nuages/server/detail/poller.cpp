#include <nuages/server/detail/poller.hpp>

#include <nuages/base/error.hpp>

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/post.hpp>

#include <sys/epoll.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace nuages::server::detail {

namespace {

constexpr int kEventsMax = 128;  // at once; then the loop looks after its timers
constexpr std::uint32_t kInput = EPOLLIN | EPOLLRDHUP | EPOLLET;

int open_epoll() {
    const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
    if (descriptor < 0) throw Error(std::string("Cannot make an epoll descriptor: ") + std::strerror(errno) + ".");
    return descriptor;
}

// Takes ONE out of the list; false when it is not there.
template <class One> bool unlink(One*& list, const One& one, One* One::*next) noexcept {
    for (One** at = &list; *at; at = &((*at)->*next)) {
        if (*at != &one) continue;
        *at = (*at)->*next;
        return true;
    }
    return false;
}

}  // namespace

Pollable::~Pollable() {
    if (poller_) poller_->forget(*this);
}

Poller::Poller(boost::asio::io_context& io, Memory& memory)
    : io_(io), memory_(memory), epoll_(io.get_executor(), open_epoll()) {
    wait();
}

Poller::~Poller() {
    for (Slot& slot : slots_)
        if (slot.one) slot.one->poller_ = nullptr;
    for (Pollable** list : {&settling_, &due_}) {
        while (Pollable* const one = *list) {
            *list = one->next_due_;
            one->is_due_ = false;
            one->poller_ = nullptr;
            one->abandon();
        }
    }
}

std::uint64_t Poller::name_of(const Pollable& one) const noexcept {
    return std::uint64_t{one.slot_} << 32 | slots_[one.slot_].generation;
}

bool Poller::watch(Pollable& one, int descriptor) {
    if (free_slots_.empty()) {
        // Room for all of them to come back: unwatch() never allocates.
        if (free_slots_.capacity() <= slots_.size()) free_slots_.reserve(2 * slots_.size() + 16);
        slots_.emplace_back();
        free_slots_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
    }
    one.slot_ = free_slots_.back();
    epoll_event event{kInput, {.u64 = name_of(one)}};
    if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) != 0) return false;
    free_slots_.pop_back();
    slots_[one.slot_].one = &one;
    one.is_watched_ = true;
    return true;
}

bool Poller::watch_output(Pollable& one, int descriptor) noexcept {
    epoll_event event{kInput | EPOLLOUT, {.u64 = name_of(one)}};
    return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, descriptor, &event) == 0;
}

void Poller::unwatch(Pollable& one) noexcept {
    if (!std::exchange(one.is_watched_, false)) return;
    Slot& slot = slots_[one.slot_];
    slot.one = nullptr;
    ++slot.generation;
    free_slots_.push_back(one.slot_);
}

void Poller::settle_later(Pollable& one) noexcept {
    if (std::exchange(one.is_due_, true)) return;
    one.next_due_ = std::exchange(due_, &one);
    if (std::exchange(due_posted_, true)) return;
    boost::asio::post(io_, boost::asio::bind_allocator(async::detail::HandlerAllocator<char>(memory_.due), [this] { settle_due(); }));
}

void Poller::settle_due() noexcept {
    due_posted_ = false;
    settling_ = std::exchange(due_, nullptr);
    while (Pollable* const one = settling_) {
        settling_ = one->next_due_;
        one->is_due_ = false;
        one->settle(0);
    }
}

void Poller::forget(Pollable& one) noexcept {
    unwatch(one);
    if (one.is_due_ && !unlink(due_, one, &Pollable::next_due_)) unlink(settling_, one, &Pollable::next_due_);
}

void Poller::wait() {
    epoll_.async_wait(Descriptor::wait_read,
                      boost::asio::bind_allocator(async::detail::HandlerAllocator<char>(memory_.wait),
                                                  [this](const boost::system::error_code& error) {
                                                      if (!error) look();
                                                  }));
}

void Poller::look() {
    epoll_event events[kEventsMax];
    const int count = ::epoll_wait(epoll_.native_handle(), events, kEventsMax, 0);
    for (int i = 0; i < count; ++i) {
        const Slot& slot = slots_[events[i].data.u64 >> 32];
        if (slot.one && slot.generation == static_cast<std::uint32_t>(events[i].data.u64)) slot.one->settle(events[i].events);
    }
    wait();
}

}  // namespace nuages::server::detail

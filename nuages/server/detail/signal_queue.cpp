#include <nuages/server/detail/signal_queue.hpp>

#include <nuages/base/error.hpp>

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace nuages::server::detail {

void SignalQueue::open(std::initializer_list<int> signals) {
    sigset_t mask;
    ::sigemptyset(&mask);
    for (const int number : signals) {
        ::sigaddset(&mask, number);
        ::signal(number, SIG_DFL);  // an ignored signal would not be queued (nohup ignores SIGHUP)
    }
    ::sigprocmask(SIG_BLOCK, &mask, &former_mask_);
    queue_ = Descriptor(::signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!queue_) throw Error(std::string("Cannot wait for signals: ") + std::strerror(errno) + ".");
}

int SignalQueue::next() noexcept {
    signalfd_siginfo info;
    if (::read(queue_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return 0;
    return static_cast<int>(info.ssi_signo);
}

}  // namespace nuages::server::detail

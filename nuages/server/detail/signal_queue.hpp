// Signals as a descriptor that is read in turn with all else: no handler runs, so nothing has to be async-signal-safe.
#pragma once

#include <nuages/server/detail/sockets.hpp>

#include <csignal>
#include <initializer_list>

namespace nuages::server::detail {

class SignalQueue {
public:
    /// From now on SIGNALS wait to be read. For a process with one thread. Throws Error.
    void open(std::initializer_list<int> signals);
    int descriptor() const noexcept { return queue_.get(); }
    /// The next one, or 0. Several of a kind may come as one.
    int next() noexcept;
    /// In a forked child that will exec: signals act again as they did before open().
    void restore() noexcept { ::sigprocmask(SIG_SETMASK, &former_mask_, nullptr); }
    /// In a forked child: the queue goes, the signals stay blocked.
    void close() noexcept { queue_ = Descriptor(); }

private:
    Descriptor queue_;
    sigset_t former_mask_{};
};

}  // namespace nuages::server::detail

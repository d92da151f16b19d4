// The receivers of one signal, erased: what Signal keeps.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/signals/fwd.hpp>

#include <atomic>
#include <cstdint>
#include <string_view>

namespace nuages::signals {

/// Names one connected receiver; copies name the same one. It may be dropped: the receiver stays connected.
class Connection {
public:
    Connection() = default;
    explicit operator bool() const { return number_ != 0; }

private:
    friend class ReceiverList;
    explicit Connection(std::uint64_t number) : number_(number) {}
    std::uint64_t number_ = 0;
};

/// A list that senders read without a lock held while receivers run. Safe from several threads.
class ReceiverList {
public:
    ReceiverList();
    ~ReceiverList();
    ReceiverList(const ReceiverList&) = delete;
    ReceiverList& operator=(const ReceiverList&) = delete;

    /// An empty Connection when a receiver with that uid and sender is there already.
    Connection add(Ref<RefCounted> receiver, std::string_view uid, const void* sender);
    bool remove(const Connection& connection);
    bool remove(std::string_view uid, const void* sender);
    /// One load where nobody has connected: most signals have no receiver.
    bool has(const void* sender) const { return any_.load(std::memory_order_acquire) && has_for(sender); }
    /// Calls VISIT for the receivers of SENDER and those of all senders, in order of connection.
    void each(const void* sender, FunctionRef<void(RefCounted&)> visit) const;

private:
    struct State;
    bool has_for(const void* sender) const;

    State* state_;
    std::atomic<bool> any_ = false;
};

}  // namespace nuages::signals

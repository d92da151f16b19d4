// Channel: values from fibers to fibers, in order, with room for a few of them (asyncio.Queue).
//
//     Channel<std::string> lines(16);
//     auto reader = spawn([&] { for (const std::string& line : lines) store(line); });
//     lines.send("...");
//     lines.close();
//     reader.join();
#pragma once

#include <nuages/async/errors.hpp>
#include <nuages/async/mutex.hpp>

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace nuages::async {

/// A bounded queue. Sending waits while it is full, receiving while it is empty; any number of fibers, of any threads,
/// may do either. Values arrive in the order in which their sends were let through.
template <class T> class Channel {
public:
    /// CAPACITY: values that wait at most, at least 1.
    explicit Channel(std::size_t capacity = 1) : ring_(capacity > 0 ? capacity : 1) {}
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// Throws ChannelClosed once closed, also when it waits at that moment; Cancelled when the fiber is cancelled.
    void send(T value) {
        const Lock lock(mutex_);
        has_room_.wait(mutex_, [this] { return closed_ || count_ < ring_.size(); });
        if (closed_) throw ChannelClosed("send() on a channel that is closed.");
        push(std::move(value));
    }
    /// False when the channel is full or closed; VALUE is untouched then.
    bool try_send(T&& value) {
        const Lock lock(mutex_);
        if (closed_ || count_ == ring_.size()) return false;
        push(std::move(value));
        return true;
    }
    /// The next value; nothing when the channel is closed and everything sent before was received.
    std::optional<T> receive() {
        const Lock lock(mutex_);
        has_values_.wait(mutex_, [this] { return closed_ || count_ > 0; });
        return pop();
    }
    /// The next value if there is one.
    std::optional<T> try_receive() {
        const Lock lock(mutex_);
        return pop();
    }
    /// Ends the sending. What was sent can still be received.
    void close() {
        const Lock lock(mutex_);
        closed_ = true;
        has_room_.notify_all();
        has_values_.notify_all();
    }
    std::size_t size() const {
        const Lock lock(mutex_);
        return count_;
    }

    /// `for (T& value : channel)` receives until the channel is closed and empty.
    class iterator {
    public:
        explicit iterator(Channel* channel) : channel_(channel) { ++*this; }
        T& operator*() { return *value_; }
        iterator& operator++() { return value_ = channel_->receive(), *this; }
        bool operator!=(std::nullptr_t) const { return value_.has_value(); }

    private:
        Channel* channel_;
        std::optional<T> value_;
    };
    iterator begin() { return iterator(this); }
    std::nullptr_t end() { return nullptr; }

private:
    struct Lock {
        explicit Lock(Mutex& mutex) : held(mutex) { held.lock(); }
        ~Lock() { held.unlock(); }
        Mutex& held;
    };
    void push(T&& value) {
        ring_[(first_ + count_++) % ring_.size()].emplace(std::move(value));
        has_values_.notify_one();
    }
    std::optional<T> pop() {
        if (count_ == 0) return std::nullopt;
        std::optional<T> value = std::move(ring_[first_]);
        ring_[first_].reset();
        first_ = (first_ + 1) % ring_.size();
        --count_;
        has_room_.notify_one();
        return value;
    }

    mutable Mutex mutex_;
    Condition has_room_;
    Condition has_values_;
    std::vector<std::optional<T>> ring_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
    bool closed_ = false;
};

}  // namespace nuages::async

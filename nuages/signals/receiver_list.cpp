#include <nuages/signals/receiver_list.hpp>

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

namespace nuages::signals {
namespace {

struct Entry {
    std::uint64_t number;
    std::string uid;
    const void* sender;
    Ref<RefCounted> receiver;
};

/// Immutable once published: a change makes a new one.
struct Snapshot final : RefCounted {
    std::vector<Entry> entries;
};

}  // namespace

struct ReceiverList::State {
    mutable std::mutex mutex;
    Ref<const Snapshot> snapshot = make_ref<Snapshot>();
    std::uint64_t last_number = 0;

    Ref<const Snapshot> read() const {
        std::lock_guard lock(mutex);
        return snapshot;
    }
    template <class F> bool remove_if(std::atomic<bool>& any, F matches) {
        std::lock_guard lock(mutex);
        auto next = make_ref<Snapshot>();
        for (const Entry& entry : snapshot->entries)
            if (!matches(entry)) next->entries.push_back(entry);
        bool removed = next->entries.size() != snapshot->entries.size();
        any.store(!next->entries.empty(), std::memory_order_release);
        snapshot = next;
        return removed;
    }
};

ReceiverList::ReceiverList() : state_(new State) {}
ReceiverList::~ReceiverList() { delete state_; }

Connection ReceiverList::add(Ref<RefCounted> receiver, std::string_view uid, const void* sender) {
    std::lock_guard lock(state_->mutex);
    const auto& entries = state_->snapshot->entries;
    bool known = !uid.empty() && std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) {
        return entry.uid == uid && entry.sender == sender;
    });
    if (known) return {};
    auto next = make_ref<Snapshot>();
    next->entries = entries;
    next->entries.push_back({++state_->last_number, std::string(uid), sender, std::move(receiver)});
    any_.store(true, std::memory_order_release);
    state_->snapshot = next;
    return Connection(state_->last_number);
}

bool ReceiverList::remove(const Connection& connection) {
    return state_->remove_if(any_, [&](const Entry& entry) { return entry.number == connection.number_; });
}

bool ReceiverList::remove(std::string_view uid, const void* sender) {
    return state_->remove_if(any_, [&](const Entry& entry) { return entry.uid == uid && entry.sender == sender; });
}

bool ReceiverList::has_for(const void* sender) const {
    auto snapshot = state_->read();
    return std::any_of(snapshot->entries.begin(), snapshot->entries.end(),
                       [&](const Entry& entry) { return !entry.sender || entry.sender == sender; });
}

void ReceiverList::each(const void* sender, FunctionRef<void(RefCounted&)> visit) const {
    auto snapshot = state_->read();
    for (const Entry& entry : snapshot->entries)
        if (!entry.sender || entry.sender == sender) visit(*entry.receiver);
}

}  // namespace nuages::signals

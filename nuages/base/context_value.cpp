#include <nuages/base/context_value.hpp>

#include <atomic>
#include <vector>

namespace nuages::detail {

namespace {

constinit std::atomic<std::size_t> slots_given{0};
constinit std::atomic<const ContextSlots*> slots_above{nullptr};

// What a thread keeps outside of fibers.
class ThreadSlots {
public:
    ThreadSlots() = default;
    ~ThreadSlots() {
        for (const Entry& entry : entries_) {
            if (entry.value) entry.destroy(entry.value);
        }
    }
    ThreadSlots(const ThreadSlots&) = delete;
    ThreadSlots& operator=(const ThreadSlots&) = delete;

    void* find(std::size_t slot) const noexcept { return slot < entries_.size() ? entries_[slot].value : nullptr; }
    void set(std::size_t slot, void* value, void (*destroy)(void*)) {
        if (slot >= entries_.size()) entries_.resize(slot + 1);
        const Entry old = entries_[slot];
        entries_[slot] = {value, destroy};
        if (old.value) old.destroy(old.value);
    }

private:
    struct Entry {
        void* value = nullptr;
        void (*destroy)(void*) = nullptr;
    };
    std::vector<Entry> entries_;
};

thread_local ThreadSlots slots_of_thread;

const ContextSlots* slots_in_use() noexcept {
    const ContextSlots* above = slots_above.load(std::memory_order_acquire);
    return above && above->inside() ? above : nullptr;
}

}  // namespace

std::size_t allocate_context_slot() noexcept { return slots_given.fetch_add(1, std::memory_order_relaxed); }

void set_context_slots(const ContextSlots& slots) noexcept { slots_above.store(&slots, std::memory_order_release); }

void* find_context_slot(std::size_t slot) noexcept {
    const ContextSlots* above = slots_in_use();
    return above ? above->find(slot) : slots_of_thread.find(slot);
}

void store_context_slot(std::size_t slot, void* value, void (*destroy)(void*)) {
    if (const ContextSlots* above = slots_in_use()) return above->set(slot, value, destroy);
    slots_of_thread.set(slot, value, destroy);
}

}  // namespace nuages::detail

// The values of FiberLocal and ContextLocal variables, by slot number.
#pragma once

#include <nuages/async/fiber_local.hpp>
#include <nuages/base/ref.hpp>

#include <vector>

namespace nuages::async::detail {

class Slots final : public RefCounted {
public:
    Slots() = default;
    ~Slots() override { clear(); }
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;

    void* find(std::size_t slot) const noexcept { return slot < entries_.size() ? entries_[slot].value : nullptr; }
    void set(std::size_t slot, void* value, DestroySlot destroy) {
        if (slot >= entries_.size()) {
            if (!value) return;
            entries_.resize(slot + 1);
        }
        const Entry old = entries_[slot];
        entries_[slot] = {value, destroy};
        if (old.value) old.destroy(old.value);
    }
    /// Destroys all values, newest slot first; a destructor may suspend, and may set slots anew.
    void clear() {
        for (std::size_t i = entries_.size(); i-- > 0;) set(i, nullptr, nullptr);
    }

private:
    struct Entry {
        void* value = nullptr;
        DestroySlot destroy = nullptr;
    };
    std::vector<Entry> entries_;
};

}  // namespace nuages::async::detail

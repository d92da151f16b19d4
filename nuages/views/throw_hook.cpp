// Interposes __cxa_throw. Linked because traceback.cpp needs captured_at(); the executable's definition comes first.
#include <nuages/views/detail/throw_hook.hpp>

#include <dlfcn.h>
#include <pthread.h>
#include <unwind.h>

#include <algorithm>
#include <cstdlib>
#include <typeinfo>

namespace nuages::views::detail {

namespace {

constexpr std::size_t kFramesMax = 96;
constexpr std::size_t kSlots = 128;  // throws that may be under way at once, in all threads and fibers

struct Slot {
    const void* exception;
    std::size_t count;
    void* addresses[kFramesMax];
};

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
Slot* slots;  // a ring, made when capturing begins
std::size_t next_slot;
bool capturing;

struct Walk {
    void** addresses;
    std::size_t count;
};

_Unwind_Reason_Code step(_Unwind_Context* context, void* data) {
    auto& walk = *static_cast<Walk*>(data);
    if (walk.count == kFramesMax) return _URC_END_OF_STACK;
    if (const _Unwind_Ptr address = _Unwind_GetIP(context))
        walk.addresses[walk.count++] = reinterpret_cast<void*>(address);
    return _URC_NO_REASON;
}

}  // namespace

void note_throw(const void* exception) noexcept {
    if (!__atomic_load_n(&capturing, __ATOMIC_ACQUIRE)) return;
    void* addresses[kFramesMax];
    Walk walk{addresses, 0};
    _Unwind_Backtrace(step, &walk);
    pthread_mutex_lock(&mutex);
    for (std::size_t i = 0; i < kSlots; ++i) {  // memory of an earlier exception may be used again
        if (slots[i].exception == exception) slots[i].exception = nullptr;
    }
    Slot& slot = slots[next_slot++ % kSlots];
    slot.exception = exception;
    slot.count = walk.count;
    std::copy_n(addresses, walk.count, slot.addresses);
    pthread_mutex_unlock(&mutex);
}

void set_capturing(bool on) noexcept {
    pthread_mutex_lock(&mutex);
    if (on && !slots) slots = new Slot[kSlots]();
    pthread_mutex_unlock(&mutex);
    __atomic_store_n(&capturing, on, __ATOMIC_RELEASE);
}

std::size_t captured_at(const void* exception, void** addresses, std::size_t count_max) noexcept {
    std::size_t count = 0;
    pthread_mutex_lock(&mutex);
    for (std::size_t i = 0; slots && i < kSlots; ++i) {
        if (slots[i].exception != exception) continue;
        count = std::min(slots[i].count, count_max);
        std::copy_n(slots[i].addresses, count, addresses);
        break;
    }
    pthread_mutex_unlock(&mutex);
    return count;
}

}  // namespace nuages::views::detail

extern "C" [[noreturn]] void __cxa_throw(void* exception, std::type_info* type, void (*destroy)(void*)) {
    using Throw = void (*)(void*, std::type_info*, void (*)(void*));
    static const auto next = reinterpret_cast<Throw>(dlsym(RTLD_NEXT, "__cxa_throw"));
    nuages::views::detail::note_throw(exception);
    next(exception, type, destroy);
    std::abort();
}

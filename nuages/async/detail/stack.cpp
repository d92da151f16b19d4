#include <nuages/async/detail/sanitizers.hpp>
#include <nuages/async/detail/stack.hpp>
#include <nuages/async/fiber.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <new>

namespace nuages::async {

namespace {

#if defined(NUAGES_ASAN) || defined(NUAGES_TSAN)
constexpr std::size_t kDefaultStackSize = 1024 * 1024;  // red zones and wider frames
#else
constexpr std::size_t kDefaultStackSize = 256 * 1024;
#endif
constexpr std::size_t kSmallestStackSize = 16 * 1024;
constexpr std::size_t kGuardSize = 64 * 1024;  // more than any one frame: none steps over it

std::atomic<std::size_t> configured_stack_size{kDefaultStackSize};

std::size_t page_size() noexcept {
    static const std::size_t size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return size;
}

}  // namespace

void set_stack_size(std::size_t bytes) noexcept {
    const std::size_t page = page_size();
    const std::size_t wanted = std::max(bytes, kSmallestStackSize);
    configured_stack_size.store((wanted + page - 1) / page * page, std::memory_order_relaxed);
}

namespace detail {

std::size_t stack_size() noexcept { return configured_stack_size.load(std::memory_order_relaxed); }

boost::context::stack_context map_stack(std::size_t size) {
    const std::size_t guard = kGuardSize;
    void* memory =
        mmap(nullptr, guard + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    char* bottom = static_cast<char*>(memory) + guard;
    if (mprotect(bottom, size, PROT_READ | PROT_WRITE) != 0) {
        munmap(memory, guard + size);
        throw std::bad_alloc();
    }
    boost::context::stack_context stack;
    stack.size = size;
    stack.sp = bottom + size;
    return stack;
}

std::size_t touched_bytes(const boost::context::stack_context& stack) noexcept {
    const std::size_t page = page_size();
    char* const bottom = static_cast<char*>(stack.sp) - stack.size;
    for (std::size_t offset = 0; offset < stack.size; offset += page) {
        unsigned char is_resident = 0;
        if (mincore(bottom + offset, page, &is_resident) != 0) return 0;
        if (is_resident & 1) return stack.size - offset;
    }
    return 0;
}

bool is_in_guard(const boost::context::stack_context& stack, const void* address) noexcept {
    const char* const bottom = static_cast<const char*>(stack.sp) - stack.size;
    const char* const at = static_cast<const char*>(address);
    return at >= bottom - kGuardSize && at < bottom;
}

void unmap_stack(const boost::context::stack_context& stack) noexcept {
    char* bottom = static_cast<char*>(stack.sp) - stack.size;
#if defined(NUAGES_ASAN)
    __asan_unpoison_memory_region(bottom, stack.size);
#endif
    munmap(bottom - kGuardSize, stack.size + kGuardSize);
}

}  // namespace detail
}  // namespace nuages::async

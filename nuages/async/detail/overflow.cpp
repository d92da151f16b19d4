// Tells a stack overflow from other faults: the address lies in the guard of the fiber that runs.
#include <nuages/async/detail/loop_core.hpp>
#include <nuages/async/detail/sanitizers.hpp>
#include <nuages/async/detail/stack.hpp>

#include <execinfo.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <mutex>

namespace nuages::async::detail {

#if defined(NUAGES_ASAN) || defined(NUAGES_TSAN)

OverflowReporter::OverflowReporter() noexcept = default;
OverflowReporter::~OverflowReporter() = default;

#else

namespace {

constexpr std::size_t kSignalStackSize = 64 * 1024;
constexpr int kFramesShown = 24;

struct sigaction former_action {};

void say(const char* text, std::size_t size) noexcept {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, size);
}
void say(const char* text) noexcept { say(text, std::strlen(text)); }
void say_number(std::size_t number) noexcept {
    char digits[20];
    char* at = digits + sizeof digits;
    do *--at = static_cast<char>('0' + number % 10);
    while ((number /= 10) > 0);
    say(at, static_cast<std::size_t>(digits + sizeof digits - at));
}

// Runs on the signal stack; only calls that are safe in signal handlers.
void on_fault(int, siginfo_t* info, void*) noexcept {
    LoopCore* core = LoopCore::current();
    Fiber* fiber = core ? core->running() : nullptr;
    if (fiber && fiber->is_overflow(info->si_addr)) {
        say("\nStack overflow: a fiber needs more than its ");
        say_number(fiber->stack_bytes() / 1024);
        say(" KiB of stack");
        char activity[200];
        if (const std::size_t size = describe_running(activity, sizeof activity)) {
            say(", in ");
            say(activity, size);
        }
        say(". Is there a recursion without end? If the calls are deep for a reason, give fibers more with "
            "async::set_stack_size(). The innermost frames:\n");
        void* frames[kFramesShown];
        backtrace_symbols_fd(frames, backtrace(frames, kFramesShown), STDERR_FILENO);
    }
    // Back to what was there before: the fault happens again and is dealt with as ever.
    sigaction(SIGSEGV, &former_action, nullptr);
}

void install_once() noexcept {
    static std::once_flag once;
    std::call_once(once, [] {
        void* frame;
        backtrace(&frame, 1);  // loads what it needs: not in the handler
        struct sigaction action {};
        action.sa_sigaction = on_fault;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK;
        sigemptyset(&action.sa_mask);
        sigaction(SIGSEGV, &action, &former_action);
    });
}

}  // namespace

OverflowReporter::OverflowReporter() noexcept {
    stack_t present{};
    if (sigaltstack(nullptr, &present) == 0 && !(present.ss_flags & SS_DISABLE)) {
        install_once();
        return;
    }
    void* memory = mmap(nullptr, kSignalStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    memory_ = memory;
    stack_t stack{};
    stack.ss_sp = memory_;
    stack.ss_size = kSignalStackSize;
    if (sigaltstack(&stack, nullptr) == 0) install_once();
}

OverflowReporter::~OverflowReporter() {
    if (!memory_) return;
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
    munmap(memory_, kSignalStackSize);
}

#endif

}  // namespace nuages::async::detail

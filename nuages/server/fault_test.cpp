// Security checklist, faults to survive 2: the N-th call fails, for N = 1, 2 ... until nothing fails any more. Whatever
// it was, the server goes on: at worst a client loses its connection.
#include <nuages/server/detail/test_server.hpp>

#include <dlfcn.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstdlib>
#include <new>

namespace {

enum class Call { none, accept, receive, send, send_file, memory };

std::atomic<Call> failing = Call::none;
std::atomic<int> countdown = 0;
std::atomic<int> failures = 0;
std::atomic<int> error_number = 0;
thread_local bool is_client = true;  // the server's threads say otherwise

// Whether this call is the one.
bool fails(Call call) noexcept {
    if (failing.load(std::memory_order_relaxed) != call || is_client) return false;
    if (countdown.fetch_sub(1) != 1) return false;
    ++failures;
    errno = error_number;
    return true;
}

template <class F> F* real(const char* name) { return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name)); }

}  // namespace

// The program's own stand before the C library's.
extern "C" {
int accept4(int socket, sockaddr* name, socklen_t* size, int flags) {
    static auto* const next = real<decltype(accept4)>("accept4");
    return fails(Call::accept) ? -1 : next(socket, name, size, flags);
}
ssize_t recv(int socket, void* data, size_t size, int flags) {
    static auto* const next = real<decltype(recv)>("recv");
    return fails(Call::receive) ? -1 : next(socket, data, size, flags);
}
ssize_t recvmsg(int socket, msghdr* message, int flags) {
    static auto* const next = real<decltype(recvmsg)>("recvmsg");
    return fails(Call::receive) ? -1 : next(socket, message, flags);
}
ssize_t send(int socket, const void* data, size_t size, int flags) {
    static auto* const next = real<decltype(send)>("send");
    return fails(Call::send) ? -1 : next(socket, data, size, flags);
}
ssize_t sendmsg(int socket, const msghdr* message, int flags) {
    static auto* const next = real<decltype(sendmsg)>("sendmsg");
    return fails(Call::send) ? -1 : next(socket, message, flags);
}
ssize_t sendfile(int out, int in, off_t* offset, size_t size) {
    static auto* const next = real<decltype(sendfile)>("sendfile");
    return fails(Call::send_file) ? -1 : next(out, in, offset, size);
}
}

void* operator new(std::size_t size) {
    if (fails(Call::memory)) throw std::bad_alloc();
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return fails(Call::memory) ? nullptr : std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace nuages::server {
namespace {

class FaultTest : public ServerTest {
protected:
    void begin() {
        ServerOptions options;
        options.on_thread_start = [] { is_client = false; };
        options.header_timeout = options.body_timeout = options.write_timeout = seconds(2);
        options.drain_timeout = milliseconds(100);  // the loop looks for room again four times as often
        start(
            [](Request& request) {
                if (request.path == "/file") return http::FileResponse("/proc/self/exe");
                if (request.path == "/long") return Response(std::string(300'000, 'l'), "text/plain");
                return Response(std::to_string(request.body().size()), "text/plain");
            },
            std::move(options));
    }
    // What a few clients do; their answers do not matter.
    void visit() {
        Client kept(port_);
        kept.send(kGet).read_response();
        kept.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n" + std::string(20'000, 'b')).read_response();
        kept.send(kGet).read_response();
        Client(port_).send(std::string(kGet) + std::string(kGet) + std::string(kGetClose)).read_all();
        Client(port_).send("GET /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").read_all();
        Client(port_).send("GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").read_all();
        Client(port_).send("NONSENSE\r\n\r\n").read_all();
    }
    // Returns how many calls were made to fail, each in a run of its own.
    int sweep(Call call, int error) {
        begin();
        error_number = error;
        int done = 0;
        for (int n = 1; n < 5000; ++n) {
            failures = 0;
            countdown = n;
            failing = call;
            visit();
            failing = Call::none;
            if (failures == 0) break;
            ++done;
            EXPECT_EQ(body_of(exchange(kGetClose)), "0") << "after call " << n;
            if (HasFailure()) break;
        }
        stop();
        return done;
    }
};

TEST_F(FaultTest, SurvivesEveryAcceptThatFails) {
    for (const int error : {EMFILE, ENFILE, ENOMEM, ENOBUFS, ECONNABORTED, EINTR, EPERM, EPROTO})
        EXPECT_GT(sweep(Call::accept, error), 3) << error;
}

TEST_F(FaultTest, SurvivesEveryReadThatFails) {
    for (const int error : {ECONNRESET, ENOMEM, EINTR, ETIMEDOUT}) EXPECT_GT(sweep(Call::receive, error), 5) << error;
}

TEST_F(FaultTest, SurvivesEveryWriteThatFails) {
    for (const int error : {EPIPE, ECONNRESET, ENOBUFS, EINTR, EAGAIN}) EXPECT_GT(sweep(Call::send, error), 5) << error;
    for (const int error : {EPIPE, EIO, EAGAIN, EINVAL}) EXPECT_GT(sweep(Call::send_file, error), 0) << error;
}

TEST_F(FaultTest, SurvivesEveryAllocationThatFails) { EXPECT_GT(sweep(Call::memory, ENOMEM), 20); }

}  // namespace
}  // namespace nuages::server

// Whatever call fails on the server's thread, be it the first or the hundredth: one connection ends, the server goes on.
// The calls are replaced in this executable; each may be told to fail once.
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>
#include <nuages/base/log.hpp>
#include <nuages/http/streaming.hpp>
#include <nuages/server/detail/test_server.hpp>

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>

#include <cerrno>
#include <cstdlib>
#include <new>

namespace {

enum class Call { accept, receive, send, map, allocate, none };

thread_local bool may_fail_here = false;  // on the server's thread only
std::atomic<Call> failing = Call::none;
std::atomic<int> calls_left = 0;  // until the one that fails

// Counts a call; true for the one that is to fail.
bool fails(Call call) {
    return may_fail_here && failing.load(std::memory_order_relaxed) == call && calls_left.fetch_sub(1) == 1;
}

template <class F> F* next_of(F*, const char* name) { return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name)); }

}  // namespace

#define NUAGES_MAY_FAIL(CALL, ERROR, NAME, ARGUMENTS)      \
    static auto* const real = next_of(&::NAME, #NAME);     \
    if (fails(CALL)) return errno = ERROR, static_cast<decltype(real ARGUMENTS)>(-1); \
    return real ARGUMENTS

extern "C" {
int accept4(int fd, sockaddr* name, socklen_t* size, int flags) {
    NUAGES_MAY_FAIL(Call::accept, EMFILE, accept4, (fd, name, size, flags));
}
ssize_t recv(int fd, void* data, size_t size, int flags) {
    NUAGES_MAY_FAIL(Call::receive, ECONNRESET, recv, (fd, data, size, flags));
}
ssize_t recvmsg(int fd, msghdr* message, int flags) {
    NUAGES_MAY_FAIL(Call::receive, ECONNRESET, recvmsg, (fd, message, flags));
}
ssize_t send(int fd, const void* data, size_t size, int flags) {
    NUAGES_MAY_FAIL(Call::send, ECONNRESET, send, (fd, data, size, flags));
}
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    NUAGES_MAY_FAIL(Call::send, EPIPE, sendmsg, (fd, message, flags));
}
ssize_t sendfile(int to, int from, off_t* offset, size_t size) {
    NUAGES_MAY_FAIL(Call::send, EIO, sendfile, (to, from, offset, size));
}
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define NUAGES_ALLOCATIONS_FAIL 1
void* operator new(std::size_t size) {
    if (fails(Call::allocate)) throw std::bad_alloc();
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return fails(Call::allocate) ? nullptr : std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace nuages::server {
namespace {

class Faults : public ServerTest {
protected:
    Faults() {
        log::set_sink([](log::Level, std::string_view, std::string_view) {});
        path_ = "/tmp/nuages_fault_test_" + std::to_string(::getpid());
        const int file = ::open(path_.c_str(), O_CREAT | O_RDWR | O_TRUNC, 0600);
        const std::string content(100'000, 'f');
        EXPECT_EQ(::write(file, content.data(), content.size()), static_cast<ssize_t>(content.size()));
        ::close(file);
        ServerOptions options;
        options.limits.body_in_memory = 50'000;
        options.header_timeout = options.body_timeout = options.write_timeout = milliseconds(500);
        options.on_thread_start = [] { may_fail_here = true; };
        start([this](Request& request) { return answer(request); }, options);
    }
    ~Faults() override {
        stop();
        ::unlink(path_.c_str());
        log::set_sink({});
    }

    Response answer(Request& request) {
        if (request.path == "/file") return http::FileResponse(path_);
        if (request.path == "/large") return Response(std::string(200'000, 'l'));
        if (request.path == "/stream")
            return http::StreamingHttpResponse(std::vector<std::string>(20, std::string(10'000, 's')));
        if (request.path == "/wait") async::spawn([] { async::sleep_for(milliseconds(1)); }).join();
        return Response(std::to_string(request.POST.size() + request.body_size()));
    }

    // All that a connection can be asked for.
    void use() {
        const std::string form(100'000, 'x');
        Client(port_).send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").read_all();
        Client(port_).send("GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").read_all();
        Client(port_).send("GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").read_all();
        Client(port_)
            .send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n" + form)
            .read_all();
        Client(port_)
            .send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n")
            .read_all();
    }

    // Fails the first CALL, the second ... until one use of the server does not reach the N-th. Returns N.
    int sweep(Call call, int most = 1000) {
        use();  // what is made once is made
        for (int n = 1; n <= most; ++n) {
            calls_left = n;
            failing = call;
            use();
            failing = Call::none;
            EXPECT_EQ(body_of(exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")), "0") << "after failure " << n;
            if (calls_left > 0 || HasFailure()) return n;
        }
        return most;
    }

    std::string path_;
};

TEST_F(Faults, FailingAccepts) { EXPECT_GT(sweep(Call::accept), 3); }

TEST_F(Faults, FailingReads) { EXPECT_GT(sweep(Call::receive), 5); }

TEST_F(Faults, FailingWrites) { EXPECT_GT(sweep(Call::send), 5); }

#if defined(NUAGES_ALLOCATIONS_FAIL)
TEST_F(Faults, FailingAllocations) { EXPECT_GT(sweep(Call::allocate, 300), 10); }
#endif

TEST_F(Faults, AClientThatResetsAtEveryPoint) {
    const std::string request = "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n01234567890123456789";
    for (std::size_t at = 0; at <= request.size(); ++at) {
        Client client(port_);
        client.send(std::string_view(request).substr(0, at)).reset();
    }
    for (std::size_t read : {1u, 100u, 10'000u, 60'000u}) {
        Client client(port_, 4096);
        client.send(request).read_some(read);
        client.reset();
    }
    EXPECT_EQ(body_of(exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")), "0");
}

TEST_F(Faults, RunningOutOfDescriptors) {
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    rlimit few = before;
    few.rlim_cur = 64;
    setrlimit(RLIMIT_NOFILE, &few);
    {
        std::vector<std::unique_ptr<Client>> clients;  // each takes a descriptor of the server as well
        for (int i = 0; i < 64; ++i) {
            clients.push_back(std::make_unique<Client>(port_));
            if (!clients.back()->connected()) break;
        }
    }
    setrlimit(RLIMIT_NOFILE, &before);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(body_of(exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")), "0");
}

}  // namespace
}  // namespace nuages::server

// A master as a child process, and clients that count what is lost.
#pragma once

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace serving {

using namespace std::chrono_literals;

inline std::string read_file(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

inline void write_file(const std::string& path, std::string_view text) { std::ofstream(path) << text; }

/// Asks CONDITION again and again; false when it does not come true in time.
inline bool eventually(const std::function<bool()>& condition, std::chrono::seconds patience = 20s) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

/// A blocking client of one address ("127.0.0.1", or the path of a Unix socket).
class Client {
public:
    Client(std::string host, int port) : host_(std::move(host)), port_(port) {}
    ~Client() { close(); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// The body of the answer to GET PATH; "" when there is none. Keeps its connection as long as the server does.
    std::string get(const std::string& path, const std::string& headers = "") {
        is_lost_ = false;
        if (socket_ < 0 && !connect()) return "";
        const std::string request = "GET " + path + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n";
        if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
            return lose();
        return read_response();
    }
    /// Whether the last request was sent on an open connection and not answered, or refused a connection.
    bool is_lost() const { return is_lost_; }
    /// Without a request.
    bool connect() {
        const bool is_unix = host_[0] == '/';
        const bool is_v6 = host_.find(':') != std::string::npos;
        socket_ = ::socket(is_unix ? AF_UNIX : is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        timeval patience{20, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_storage name{};
        socklen_t size = sizeof(sockaddr_in);
        if (is_unix) {
            auto& local = reinterpret_cast<sockaddr_un&>(name);
            local.sun_family = AF_UNIX;
            std::strcpy(local.sun_path, host_.c_str());
            size = sizeof local;
        } else if (is_v6) {
            auto& v6 = reinterpret_cast<sockaddr_in6&>(name);
            v6.sin6_family = AF_INET6;
            v6.sin6_port = htons(static_cast<std::uint16_t>(port_));
            ::inet_pton(AF_INET6, host_.c_str(), &v6.sin6_addr);
            size = sizeof v6;
        } else {
            auto& v4 = reinterpret_cast<sockaddr_in&>(name);
            v4.sin_family = AF_INET;
            v4.sin_port = htons(static_cast<std::uint16_t>(port_));
            ::inet_pton(AF_INET, host_.c_str(), &v4.sin_addr);
        }
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&name), size) == 0) return true;
        lose();
        return false;
    }

private:
    std::string lose() {
        is_lost_ = true;
        close();
        return "";
    }
    void close() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }
    std::string read_response() {
        std::string seen;
        std::size_t head = 0, wanted = std::string::npos;
        while (seen.size() < wanted) {
            char block[4096];
            const ssize_t size = ::recv(socket_, block, sizeof block, 0);
            if (size <= 0) return lose();
            seen.append(block, static_cast<std::size_t>(size));
            if (wanted == std::string::npos && (head = seen.find("\r\n\r\n")) != std::string::npos) {
                head += 4;
                wanted = head + std::stoul(seen.substr(seen.find("Content-Length: ") + 16));
            }
        }
        if (seen.find("Connection: close\r\n") < head) close();
        return seen.substr(head);
    }

    std::string host_;
    int port_;
    int socket_ = -1;
    bool is_lost_ = false;
};

/// Clients that ask without a pause until they are stopped. Any other answer than the right one counts as lost.
class Load {
public:
    Load(int port, unsigned clients) {
        for (unsigned i = 0; i < clients; ++i) {
            threads_.emplace_back([this, port] {
                Client client("127.0.0.1", port);
                while (!stop_) client.get("/") == "hello\n" ? ++answered_ : ++lost_;
            });
        }
    }
    ~Load() { stop(); }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void stop() {
        stop_ = true;
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
    }
    std::size_t answered() const { return answered_; }
    std::size_t lost() const { return lost_; }

private:
    std::atomic<bool> stop_ = false;
    std::atomic<std::size_t> answered_ = 0;
    std::atomic<std::size_t> lost_ = 0;
    std::vector<std::thread> threads_;
};

inline int free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(socket, reinterpret_cast<sockaddr*>(&name), sizeof name);
    socklen_t size = sizeof name;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size);
    ::close(socket);
    return ntohs(name.sin_port);
}

/// `serving_site serve ...` in a folder of its own, which is removed with it.
class Master {
public:
    Master() : port(free_port()) {
        char name[] = "/tmp/serving-XXXXXX";
        folder = ::mkdtemp(name);
        ::chmod(folder.c_str(), 0755);
    }
    ~Master() {
        if (pid > 0) {
            ::kill(pid, SIGKILL);
            ::waitpid(pid, nullptr, 0);
        }
        if (testing::Test::HasFailure()) std::fprintf(stderr, "%s", log().c_str());
        const std::string command = "rm -rf " + folder;
        if (std::system(command.c_str()) != 0) std::perror("rm");
    }
    Master(const Master&) = delete;
    Master& operator=(const Master&) = delete;

    std::string file(const std::string& name) const { return folder + "/" + name; }
    std::string log() const { return read_file(file("log")); }
    bool says(const std::string& text, std::chrono::seconds patience = 20s) const {
        return eventually([&] { return log().find(text) != std::string::npos; }, patience);
    }

    /// Starts it with `--bind` on `port` and a pid file beside WORDS; in CHILD the process is prepared before exec.
    void start(std::vector<std::string> words = {}, const std::function<void()>& child = [] {}) {
        std::vector<std::string> all{program};
        all.insert(all.end(), command.begin(), command.end());
        if (command.empty()) all.insert(all.end(), {"serve", "--pid", file("pid")});
        if (binds && command.empty()) all.insert(all.end(), {"--bind", "127.0.0.1:" + std::to_string(port)});
        all.insert(all.end(), words.begin(), words.end());
        pid = ::fork();
        if (pid == 0) {
            if (::chdir(folder.c_str()) != 0) ::_exit(126);
            const int out = ::open("log", O_WRONLY | O_CREAT | O_APPEND, 0644);
            ::dup2(out, STDOUT_FILENO);
            ::dup2(out, STDERR_FILENO);
            ::setsid();  // no terminal: WINCH counts
            child();
            std::vector<char*> argv;
            for (std::string& word : all) argv.push_back(word.data());
            argv.push_back(nullptr);
            ::execv(argv[0], argv.data());
            ::_exit(127);
        }
    }
    /// start(), and the first answer.
    void serve(std::vector<std::string> words = {}, const std::function<void()>& child = [] {}) {
        start(std::move(words), child);
        ASSERT_TRUE(eventually([&] { return get("/") == "hello\n"; })) << log();
    }
    std::string get(const std::string& path) const { return Client("127.0.0.1", port).get(path); }

    void signal(int number) const { ::kill(pid, number); }
    /// Its exit status; -1 when a signal ended it.
    int wait() {
        int how = 0;
        ::waitpid(std::exchange(pid, -1), &how, 0);
        return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
    }
    int terminate() {
        signal(SIGTERM);
        return wait();
    }
    /// The processes whose parent is PARENT (default: the master).
    std::vector<int> workers(int parent = 0) const {
        std::istringstream list(read_file("/proc/" + std::to_string(parent ? parent : pid) + "/task/" +
                                          std::to_string(parent ? parent : pid) + "/children"));
        std::vector<int> all;
        for (int one; list >> one;) all.push_back(one);
        return all;
    }

    std::string program = SERVING_SITE;
    std::vector<std::string> command;  // another one than `serve`, with all its arguments
    std::string folder;
    int port;
    bool binds = true;
    pid_t pid = -1;
};

}  // namespace serving

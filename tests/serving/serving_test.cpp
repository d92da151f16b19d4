// The master and its workers from outside: signals under load, faults, reloads, upgrades.
#include "master.hpp"

#include <sys/resource.h>

#include <memory>

namespace serving {
namespace {

TEST(Serve, TermLetsARunningRequestEnd) {
    Master master;
    master.serve();
    std::string body;
    std::thread client([&] { body = master.get("/slow/700/"); });
    EXPECT_TRUE(master.says("slow begins"));
    EXPECT_EQ(master.terminate(), 0);
    client.join();
    EXPECT_TRUE(body.starts_with("slow ")) << body;
    EXPECT_TRUE(master.says("site stopped"));
    EXPECT_EQ(::access(master.file("pid").c_str(), F_OK), -1);
}

TEST(Serve, IntEndsAtOnce) {
    Master master;
    master.serve();
    std::thread client([&] { master.get("/slow/20000/"); });
    EXPECT_TRUE(master.says("slow begins"));
    const auto begin = std::chrono::steady_clock::now();
    master.signal(SIGINT);
    EXPECT_EQ(master.wait(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
    client.join();
}

TEST(Serve, HooksOfAppsRunOnAFiberBeforeTheFirstRequest) {
    Master master;
    master.serve({"--threads", "2"});
    EXPECT_EQ(master.get("/started/"), "started on a fiber");
}

TEST(Serve, HupUnderLoadLosesNoRequest) {
    Master master;
    master.serve({"--workers", "2"});
    Load load(master.port, 8);
    for (int i = 0; i < 3; ++i) {
        const auto before = master.workers();
        master.signal(SIGHUP);
        ASSERT_TRUE(eventually([&] {
            const auto now = master.workers();
            return now.size() == 2 && now[0] != before[0] && now[0] != before[1] && now[1] != before[1];
        }));
        std::this_thread::sleep_for(200ms);
    }
    load.stop();
    RecordProperty("answered", std::to_string(load.answered()));
    EXPECT_EQ(load.lost(), 0u);
    EXPECT_GT(load.answered(), 100u);
    EXPECT_EQ(master.terminate(), 0);
}

TEST(Serve, EveryRequestOfSeveralSecondsIsAnswered) {
    Master master;
    master.serve();  // over some ticks, at which idle connections give their memory back
    Load load(master.port, 24);
    std::this_thread::sleep_for(4s);
    load.stop();
    RecordProperty("answered", std::to_string(load.answered()));
    EXPECT_EQ(load.lost(), 0u);
}

TEST(Serve, HupStartsTheProgramThatStandsThereNow) {
    Master master;
    const std::string next = master.file("next"), link = master.file("site");
    ASSERT_EQ(std::system(("cp " SERVING_SITE " " + next).c_str()), 0);
    ASSERT_EQ(::symlink(SERVING_SITE, link.c_str()), 0);
    master.program = link;
    master.serve();
    ASSERT_EQ(std::system(("ln -sfn " + next + " " + link).c_str()), 0);
    master.signal(SIGHUP);
    EXPECT_TRUE(eventually([&] {
        char path[4096] = "";
        const auto workers = master.workers();
        return workers.size() == 1 &&
               ::readlink(("/proc/" + std::to_string(workers[0]) + "/exe").c_str(), path, sizeof path - 1) > 0 && path == next;
    }));
}

TEST(Serve, HupReadsTheConfigurationAgain) {
    Master master;
    write_file(master.file("serve.toml"), "workers = 1\n");
    master.serve();
    write_file(master.file("serve.toml"), "workers = 3\naccess_logfile = \"access.log\"\n");
    master.signal(SIGHUP);
    ASSERT_TRUE(master.says("The new workers serve"));
    EXPECT_TRUE(eventually([&] { return master.workers().size() == 3; }));
    master.get("/pid/");
    EXPECT_TRUE(eventually([&] { return read_file(master.file("access.log")).find("GET /pid/ HTTP/1.1\" 200") != std::string::npos; }));
}

TEST(Serve, AReloadThatFailsChangesNothing) {
    Master master;
    write_file(master.file("serve.toml"), "workers = 1\n");
    const std::string obstacle = master.file("obstacle");
    master.serve({}, [&] { ::setenv("SERVING_OBSTACLE", obstacle.c_str(), 1); });
    const auto before = master.workers();

    write_file(master.file("serve.toml"), "workers = \"many\"\n");
    master.signal(SIGHUP);
    EXPECT_TRUE(master.says("workers: expected a whole number"));
    write_file(master.file("serve.toml"), "wrokers = 2\n");
    master.signal(SIGHUP);
    EXPECT_TRUE(master.says("there is no setting \"wrokers\""));

    write_file(master.file("serve.toml"), "workers = 2\n");
    write_file(obstacle, "");
    master.signal(SIGHUP);
    EXPECT_TRUE(master.says("The reload failed: a new worker did not come up."));
    EXPECT_TRUE(eventually([&] { return master.workers() == before; }));
    EXPECT_EQ(master.get("/"), "hello\n");

    ::unlink(obstacle.c_str());
    master.signal(SIGHUP);
    EXPECT_TRUE(eventually([&] { return master.workers().size() == 2; }));
    EXPECT_EQ(master.terminate(), 0);
}

TEST(Serve, Usr2UnderLoadLosesNoRequest) {
    Master master;
    master.serve({"--workers", "2"});
    Load load(master.port, 8);
    master.signal(SIGUSR2);
    int successor = 0;
    ASSERT_TRUE(eventually([&] { return (successor = std::atoi(read_file(master.file("pid.2")).c_str())) > 0; }));
    ASSERT_TRUE(eventually([&] { return master.workers(successor).size() == 2; }));
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(master.terminate(), 0);
    ASSERT_TRUE(eventually([&] { return std::atoi(read_file(master.file("pid")).c_str()) == successor; }));
    std::this_thread::sleep_for(300ms);
    load.stop();
    RecordProperty("answered", std::to_string(load.answered()));
    EXPECT_EQ(load.lost(), 0u);
    EXPECT_GT(load.answered(), 100u);
    EXPECT_EQ(master.get("/"), "hello\n");
    ::kill(successor, SIGTERM);
    EXPECT_TRUE(eventually([&] { return ::kill(successor, 0) != 0; }));
}

TEST(Serve, Usr2IsTakenBackByTermToTheNextMaster) {
    Master master;
    master.serve();
    Load load(master.port, 2);
    master.signal(SIGUSR2);
    int successor = 0;
    ASSERT_TRUE(eventually([&] { return (successor = std::atoi(read_file(master.file("pid.2")).c_str())) > 0; }));
    ASSERT_TRUE(eventually([&] { return master.workers(successor).size() == 1; }));
    master.signal(SIGWINCH);
    ASSERT_TRUE(eventually([&] { return master.workers().size() == 1; }));  // the next master alone
    master.signal(SIGHUP);
    ASSERT_TRUE(eventually([&] { return master.workers().size() == 2; }));
    ::kill(successor, SIGTERM);
    EXPECT_TRUE(master.says("this one goes on"));
    EXPECT_TRUE(eventually([&] { return ::access(master.file("pid.2").c_str(), F_OK) != 0; }));
    load.stop();
    RecordProperty("answered", std::to_string(load.answered()));
    EXPECT_EQ(load.lost(), 0u);
    EXPECT_EQ(master.terminate(), 0);
}

TEST(Serve, TtinAndTtouChangeTheNumberOfWorkers) {
    Master master;
    master.serve();
    for (int i = 0; i < 2; ++i) {
        master.signal(SIGTTIN);
        ASSERT_TRUE(eventually([&] { return master.workers().size() == static_cast<std::size_t>(2 + i); }));
    }
    master.signal(SIGTTOU);
    EXPECT_TRUE(eventually([&] { return master.workers().size() == 2; }));
}

TEST(Serve, Usr1OpensTheLogsAnew) {
    Master master;
    master.serve({"--access-logfile", "access.log", "--error-logfile", "error.log"});
    ASSERT_EQ(std::rename(master.file("access.log").c_str(), master.file("access.1").c_str()), 0);
    ASSERT_EQ(std::rename(master.file("error.log").c_str(), master.file("error.1").c_str()), 0);
    master.signal(SIGUSR1);
    EXPECT_TRUE(eventually([&] {
        master.get("/user/");
        return read_file(master.file("access.log")).find("/user/") != std::string::npos;
    }));
    EXPECT_EQ(master.terminate(), 0);
    EXPECT_NE(read_file(master.file("error.log")).find("Shutting down: Master"), std::string::npos);
}

TEST(Serve, AWorkerThatHangsIsReplacedAndItIsSaidWhatItDid) {
    Master master;
    master.serve({"--timeout", "1"});
    const auto before = master.workers();
    std::thread client([&] { master.get("/hang/"); });
    EXPECT_TRUE(master.says("WORKER TIMEOUT"));
    EXPECT_TRUE(master.says("it began GET /hang/"));
    EXPECT_TRUE(master.says("The loop is held by: GET /hang/\n"));
    EXPECT_TRUE(master.says("The stack of the thread that gave no sign of life: 0x"));
    EXPECT_TRUE(master.says("in hang("));
    client.join();
    EXPECT_TRUE(eventually([&] { return master.get("/") == "hello\n"; }));
    EXPECT_NE(master.workers(), before);
    EXPECT_EQ(master.terminate(), 0);
}

TEST(Serve, AViewThatHoldsItsLoopIsNamedWithItsStack) {
    Master master;
    master.serve({"--slow-view-ms", "50"});
    std::string body;
    std::thread client([&] { body = master.get("/hold/"); });
    EXPECT_TRUE(master.says("GET /hold/ has held its event loop for"));
    EXPECT_TRUE(master.says("in hold("));
    write_file(master.file("release"), "");
    client.join();
    EXPECT_EQ(body, "held");  // it is named, not killed
    EXPECT_EQ(master.terminate(), 0);
}

TEST(Serve, RunserverNamesAViewThatHoldsItsLoop) {
    Master server;
    server.command = {"runserver", "127.0.0.1:" + std::to_string(server.port), "--slow-view-ms", "50"};
    server.serve();
    std::thread client([&] { server.get("/hold/"); });
    EXPECT_TRUE(server.says("GET /hold/ has held its event loop for"));
    write_file(server.file("release"), "");
    client.join();
    EXPECT_EQ(server.terminate(), 0);
}

TEST(Serve, AWaitingViewDoesNotCountAsHanging) {
    Master master;
    master.serve({"--timeout", "1"});
    EXPECT_TRUE(master.get("/slow/2500/").starts_with("slow "));
    EXPECT_EQ(master.log().find("WORKER TIMEOUT"), std::string::npos);
}

TEST(Serve, AWorkerThatDiesIsReplaced) {
    Master master;
    master.serve({"--workers", "2"});
    for (int i = 0; i < 3; ++i) {
        const auto before = master.workers();
        EXPECT_EQ(master.get("/crash/"), "");
        ASSERT_TRUE(eventually([&] { return master.workers().size() == 2 && master.workers() != before; }));
    }
    EXPECT_TRUE(master.says("was sent SIGKILL! Perhaps out of memory?"));
    EXPECT_TRUE(master.says("the next one is started in"));  // it backs off
    EXPECT_EQ(master.get("/"), "hello\n");
}

TEST(Serve, AFirstWorkerThatCannotBeginEndsTheMaster) {
    Master master;
    const std::string obstacle = master.file("obstacle");
    write_file(obstacle, "");
    master.start({"--workers", "2"}, [&] { ::setenv("SERVING_OBSTACLE", obstacle.c_str(), 1); });
    EXPECT_EQ(master.wait(), 3);
    EXPECT_TRUE(master.says("The database is not there."));
    EXPECT_TRUE(master.says("Worker failed to boot."));
}

TEST(Serve, WorkersThatHaveServedTheirShareAreReplacedWithoutLoss) {
    Master master;
    master.serve({"--workers", "2", "--max-requests", "200", "--max-requests-jitter", "50"});
    Load load(master.port, 4);
    EXPECT_TRUE(eventually([&] { return load.answered() > 3000; }));
    load.stop();
    RecordProperty("answered", std::to_string(load.answered()));
    EXPECT_EQ(load.lost(), 0u);
    EXPECT_TRUE(master.says("requests and is replaced."));
    EXPECT_EQ(master.terminate(), 0);
}

TEST(Serve, WorkersEndWithTheirMaster) {
    Master master;
    master.serve({"--workers", "2"});
    const auto workers = master.workers();
    master.signal(SIGKILL);
    EXPECT_EQ(master.wait(), -1);
    for (const int worker : workers) EXPECT_TRUE(eventually([&] { return ::kill(worker, 0) != 0; }));
}

TEST(Serve, PreloadForksWorkersOfTheMaster) {
    Master master;
    master.serve({"--preload", "--workers", "2"});
    Load load(master.port, 4);
    master.signal(SIGHUP);
    ASSERT_TRUE(master.says("The new workers serve"));
    load.stop();
    RecordProperty("answered", std::to_string(load.answered()));
    EXPECT_EQ(load.lost(), 0u);
    EXPECT_EQ(master.terminate(), 0);
}

TEST(Serve, RootPathIsWhereTheSiteIsMounted) {
    Master master;
    master.serve({"--root-path", "/shop/"});
    EXPECT_EQ(master.get("/where/"), "/shop/where/ /where/ /shop/where/");
    EXPECT_EQ(master.get("/shop/where/"), "/shop/where/ /where/ /shop/where/");
    Master refused;
    refused.start({"--root-path", "shop"});
    EXPECT_EQ(refused.wait(), 1);
    EXPECT_TRUE(refused.says("serve: root_path: It must be a path such as '/shop', not 'shop'."));
}

TEST(Serve, ListensOnSeveralAddresses) {
    Master master;
    const std::string path = master.file("socket");
    // What a server that was killed left behind.
    const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strcpy(name.sun_path, path.c_str());
    ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    ::close(dead);

    master.serve({"--bind", "unix:" + path, "--bind", "[::1]:" + std::to_string(master.port), "--unix-mode", "660"});
    EXPECT_EQ(Client(path, 0).get("/"), "hello\n");
    EXPECT_EQ(Client("::1", master.port).get("/client/"), "::1 http");
    struct stat found {};
    ASSERT_EQ(::stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0660u);

    Master second;
    second.binds = false;
    second.start({"--bind", "unix:" + path});
    EXPECT_EQ(second.wait(), 1);
    EXPECT_TRUE(second.says("another server listens there already"));

    EXPECT_EQ(master.terminate(), 0);
    EXPECT_EQ(::access(path.c_str(), F_OK), -1);
}

TEST(Serve, WorkersRunAsAnotherUser) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can change the user";
    Master master;
    master.serve({"--user", "65534", "--group", "65534", "--access-logfile", master.file("access.log")});
    EXPECT_EQ(master.get("/user/"), "65534:65534");
    EXPECT_TRUE(eventually([&] { return read_file(master.file("access.log")).find("/user/") != std::string::npos; }));
    Master stranger;
    stranger.start({"--user", "nobody-of-that-name"});
    EXPECT_EQ(stranger.wait(), 1);
    EXPECT_TRUE(stranger.says("There is no user \"nobody-of-that-name\"."));
}

TEST(Serve, CommandLineIsStrongerThanEnvironmentAndEnvironmentThanFile) {
    Master master;
    master.binds = false;
    write_file(master.file("serve.toml"), "bind = \"127.0.0.1:1\"\nworkers = 2\nthreads = 2\ntimeout = 7\nlog_level = \"debug\"\n");
    master.start({"--threads", "1", "--print-config"}, [] {
        ::setenv("NUAGES_WORKERS", "3", 1);
        ::setenv("NUAGES_THREADS", "4", 1);
        ::setenv("PORT", "8123", 1);
    });
    EXPECT_EQ(master.wait(), 0);
    for (const char* line : {"bind = ['0.0.0.0:8123']\n", "workers = 3\n", "threads = 1\n", "timeout = 7.0\n", "log_level = 'debug'\n"})
        EXPECT_NE(master.log().find(line), std::string::npos) << line;
}

TEST(Serve, CheckConfigFindsWhatIsWrong) {
    const auto check = [](std::vector<std::string> words) {
        Master master;
        words.push_back("--check-config");
        master.start(words);
        const int status = master.wait();
        return std::to_string(status) + " " + master.log();
    };
    EXPECT_EQ(check({}), "0 ");
    EXPECT_EQ(check({"--workers", "0"}), "1 CommandError: serve: workers: expected a number from 1 to 1024.\n");
    EXPECT_EQ(check({"--timeout=-1"}), "1 CommandError: serve: timeout: expected seconds, or 0 for none.\n");
    EXPECT_EQ(check({"--umask", "9"}), "1 CommandError: serve: umask: expected an octal number such as 022.\n");
    EXPECT_TRUE(check({"--log-level", "loud"}).starts_with("1 CommandError: serve: log_level: expected debug"));
    EXPECT_TRUE(check({"--access-logformat", "%(zz)s"}).find("\"%(zz)s\", which is none of gunicorn's atoms") != std::string::npos);
    EXPECT_EQ(check({"--statsd-host", "localhost"}),
              "1 CommandError: serve: statsd_host: expected host:port, [ipv6]:port or unix:/path, not \"localhost\".\n");
    EXPECT_TRUE(check({"--config", "absent.toml"}).starts_with("1 CommandError: absent.toml"));
}

TEST(Serve, ASecondMasterOfTheSamePidFileIsRefused) {
    Master master;
    master.serve();
    Master second;
    second.start({"--pid", master.file("pid")});
    EXPECT_EQ(second.wait(), 1);
    EXPECT_TRUE(second.says("Already running on PID " + std::to_string(master.pid)));
}

// Security checklist, faults to survive 5.
TEST(Serve, LivesWithSixtyFourDescriptors) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "UBSan looks at an object through a pipe: without descriptors it takes every one for a wrong one";
#endif
    Master master;
    master.serve({"--workers", "1"}, [] {
        const rlimit few{64, 64};
        ::setrlimit(RLIMIT_NOFILE, &few);
    });
    const auto before = master.workers();
    {
        std::vector<std::unique_ptr<Client>> crowd;
        for (int i = 0; i < 200; ++i) {
            crowd.push_back(std::make_unique<Client>("127.0.0.1", master.port));
            crowd.back()->connect();
        }
        EXPECT_EQ(crowd.front()->get("/"), "hello\n");
        EXPECT_TRUE(master.says("Cannot accept a connection: Too many open files"));
    }
    EXPECT_TRUE(eventually([&] { return master.get("/") == "hello\n"; }));
    master.signal(SIGHUP);
    ASSERT_TRUE(master.says("The new workers serve"));
    EXPECT_EQ(master.get("/"), "hello\n");
    EXPECT_NE(master.workers(), before);
    EXPECT_EQ(master.terminate(), 0);
}

TEST(Serve, TenThousandIdleConnectionsCostFourKilobytesEachAtMost) {
    rlimit many{};
    ::getrlimit(RLIMIT_NOFILE, &many);
    many.rlim_cur = many.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &many);
    constexpr std::size_t kMany = 10'000;
    if (many.rlim_cur < kMany + 100) GTEST_SKIP() << "only " << many.rlim_cur << " descriptors";
    Master master;
    master.serve();
    const auto kilobytes = [&] {
        const std::string memory = read_file("/proc/" + std::to_string(master.workers().at(0)) + "/smaps_rollup");
        return std::stoul(memory.substr(memory.find("\nPss:") + 5));
    };
    const std::size_t before = kilobytes();
    std::vector<std::unique_ptr<Client>> crowd;
    for (std::size_t i = 0; i < kMany; ++i) {
        crowd.push_back(std::make_unique<Client>("127.0.0.1", master.port));
        ASSERT_EQ(crowd.back()->get("/", "User-Agent: somebody with a name of some length\r\nAccept: */*\r\n"), "hello\n") << i;
    }
    EXPECT_TRUE(eventually([&] { return kilobytes() < before + 4 * kMany; })) << (kilobytes() - before) << " kB";
    EXPECT_EQ(crowd.front()->get("/"), "hello\n");
    EXPECT_EQ(crowd.back()->get("/"), "hello\n");
}

}  // namespace
}  // namespace serving

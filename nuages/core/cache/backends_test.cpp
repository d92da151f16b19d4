// What every backend must do, and what is each one's own.
#include <nuages/async/loop.hpp>
#include <nuages/core/cache/cache.hpp>
#include <nuages/core/cache/filebased.hpp>
#include <nuages/utils/datetime.hpp>

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace nuages;
using namespace nuages::cache;

namespace {

DateTime clock_at;

class Folder {
public:
    Folder() {
        char name[] = "/tmp/nuages_cache_XXXXXX";
        path_ = ::mkdtemp(name);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

class Backends : public testing::TestWithParam<const char*> {
protected:
    Backends() {
        clock_at = DateTime::from_ymdhms(2026, 1, 1);
        timezone::set_clock([] { return clock_at; });
    }
    ~Backends() override { timezone::set_clock(nullptr); }

    Folder folder;
    const bool is_file = GetParam() == std::string_view("filebased");
    const CacheOptions options{.backend = is_file ? filebased : locmem,
                               .location = folder.path() + "/below/deep",
                               .timeout = seconds(60),
                               .max_entries = 30,
                               .cull_frequency = 2};
    const Ref<Cache> cache = options.backend(options);
};

TEST_P(Backends, KeepWhatTheyAreGivenForItsTime) {
    const std::string bytes("\0\n\xff key", 8);
    cache->set("a", bytes);
    cache->set("always", "y", std::nullopt);
    cache->set("empty", "");
    EXPECT_EQ(cache->get("a"), bytes);
    EXPECT_EQ(cache->get("empty"), "");
    EXPECT_FALSE(cache->get("b"));
    clock_at = clock_at + seconds(61);
    EXPECT_FALSE(cache->get("a"));
    EXPECT_EQ(cache->get("always"), "y");
    EXPECT_TRUE(cache->delete_("always"));
    EXPECT_FALSE(cache->delete_("always"));
}

TEST_P(Backends, AddTouchAndCount) {
    EXPECT_TRUE(cache->add("n", "1"));
    EXPECT_FALSE(cache->add("n", "2"));
    EXPECT_EQ(cache->incr("n", 41), 42);
    EXPECT_EQ(cache->decr("n"), 41);
    EXPECT_EQ(cache->get("n"), "41");
    EXPECT_TRUE(cache->touch("n", seconds(120)));
    EXPECT_FALSE(cache->touch("m"));
    clock_at = clock_at + seconds(90);
    EXPECT_EQ(cache->get("n"), "41");
    clock_at = clock_at + seconds(90);
    EXPECT_TRUE(cache->add("n", "3"));
    EXPECT_THROW(cache->incr("m"), Error);
    cache->set("text", "x");
    EXPECT_THROW(cache->incr("text"), Error);
}

TEST_P(Backends, MoveAKeyToAnotherVersion) {
    cache->set("k", "v");
    EXPECT_EQ(cache->incr_version("k"), 2);
    EXPECT_FALSE(cache->get("k"));
    EXPECT_EQ(cache->get("k", 2), "v");
    EXPECT_EQ(cache->decr_version("k", 1, 2), 1);
    EXPECT_EQ(cache->get("k"), "v");
    EXPECT_THROW(cache->incr_version("other"), Error);
}

TEST_P(Backends, TakeSeveralKeysAtOnceAndForgetAll) {
    cache->set_many({{"a", "1"}, {"b", "2"}});
    EXPECT_EQ(cache->get_many({"a", "x", "b"}), (std::vector<std::pair<std::string, std::string>>{{"a", "1"}, {"b", "2"}}));
    cache->delete_many({"a", "x"});
    EXPECT_FALSE(cache->has_key("a"));
    cache->clear();
    EXPECT_FALSE(cache->has_key("b"));
    cache->close();
    EXPECT_EQ(cache->get_or_set("b", [] { return std::string("made"); }), "made");
}

TEST_P(Backends, HoldNoMoreThanTheirLimit) {
    for (int i = 0; i < 100; ++i) cache->set("k" + std::to_string(i), "v");
    int left = 0;
    for (int i = 0; i < 100; ++i) left += cache->has_key("k" + std::to_string(i));
    EXPECT_LE(left, 30);
    EXPECT_GE(left, 10);
}

TEST_P(Backends, CountEveryThreadsSteps) {
    cache->set("n", "0");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int j = 0; j < 50; ++j) cache->incr("n");
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(cache->get("n"), "200");
}

INSTANTIATE_TEST_SUITE_P(Cache, Backends, testing::Values("locmem", "filebased"),
                         [](const auto& info) { return std::string(info.param); });

TEST(FileBased, ProcessesShareAFolder) {
    const Folder folder;
    const auto one = filebased({.location = folder.path()}), other = filebased({.location = folder.path() + "/"});
    one->set("a", "1");
    EXPECT_EQ(other->get("a"), "1");
    EXPECT_FALSE(filebased({.location = folder.path(), .key_prefix = "p"})->get("a"));
}

TEST(FileBased, Security51FilesAreTheUsersAloneWhateverTheUmask) {
    const Folder folder;
    const mode_t former = ::umask(0);
    filebased({.location = folder.path() + "/new"})->set("a", "secret");
    ::umask(former);
    struct stat about {};
    ASSERT_EQ(::stat((folder.path() + "/new").c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0700u);
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path() + "/new")) {
        ASSERT_EQ(::stat(entry.path().c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 0777, 0600u) << entry.path();
        ++files;
    }
    EXPECT_GE(files, 1);
}

TEST(FileBased, DamagedFilesAreNoEntries) {
    const Folder folder;
    const auto cache = filebased({.location = folder.path()});
    cache->set("a", std::string(100, 'x'));
    std::filesystem::path path;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        if (entry.path().extension() == ".djcache") path = entry.path();
    std::string text;
    {
        std::ifstream file(path, std::ios::binary);
        text.assign(std::istreambuf_iterator<char>(file), {});
    }
    for (std::size_t size = 0; size < text.size() - 100; ++size) {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << text.substr(0, size);
        EXPECT_FALSE(cache->get("a")) << size;
    }
    for (const char* wrong : {"nuages1 99999999999999999999999 1\na", "nuages1 - 99999999999\n:1:a", "nuages1 x\n"}) {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << wrong;
        EXPECT_FALSE(cache->get("a")) << wrong;
    }
    EXPECT_THROW(filebased({.location = path.string() + "/below"})->set("a", "b"), Error);
    EXPECT_THROW(filebased({}), ImproperlyConfigured);
}

TEST(FileBased, LeavesTheLoopWhileItReads) {
    const Folder folder;
    const auto cache = filebased({.location = folder.path()});
    EXPECT_EQ(async::run([&] {
                  cache->set("a", "on a fiber");
                  return *cache->get("a");
              }),
              "on a fiber");
}

TEST(Dummy, KeepsNothingButKnowsAWrongKey) {
    const auto cache = dummy({});
    cache->set("a", "1");
    EXPECT_FALSE(cache->get("a"));
    EXPECT_TRUE(cache->add("a", "1"));
    EXPECT_FALSE(cache->touch("a"));
    EXPECT_EQ(cache->get_or_set("a", [] { return std::string("made"); }), "made");
    EXPECT_THROW(cache->set("two words", "x"), InvalidCacheKey);
}

TEST(MakeCaches, ReadsCachesAndSaysWhatIsWrong) {
    const auto made = make_caches({{"pages", {.backend = dummy}}});
    ASSERT_EQ(made.size(), 2u);
    EXPECT_EQ(made[1].first, "default");
    try {
        make_caches({{"files", {.backend = filebased}}});
        FAIL();
    } catch (const ImproperlyConfigured& error) {
        EXPECT_EQ(error.message(), "CACHES['files']: a cache of files needs its folder as .location");
    }
    EXPECT_THROW(make_caches({{"a", {}}, {"a", {}}}), ImproperlyConfigured);
    EXPECT_THROW(make_caches({{"a", {.backend = nullptr}}}), ImproperlyConfigured);
}

TEST(MakeCaches, KeysMayBeMadeByTheSite) {
    const auto cache = locmem({.key_prefix = "p", .key_function = [](std::string_view key, std::string_view prefix, int version) {
                                   return std::string(prefix) + "/" + std::string(key) + "/" + std::to_string(version);
                               }});
    EXPECT_EQ(cache->make_key("a", 3), "p/a/3");
}

}  // namespace

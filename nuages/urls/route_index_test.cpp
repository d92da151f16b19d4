// Many routes: the same answers as a scan, and no memory for them.
#include <nuages/http/request.hpp>
#include <nuages/urls/resolver.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

namespace {
std::size_t allocations = 0;
}

// Every form, as the sanitizers want; not inlined, or g++ sees new and free() as no pair.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace nuages::routing {
namespace {

const View kView = [](Request&, const http::Capture*) { return Response(); };

// A few short pieces that begin, contain and end each other.
constexpr const char* kPieces[] = {"a", "ab", "abc", "a/", "ab/", "b/", "<int:n>", "<int:n>/", "<slug:s>/", "<str:t>", "<path:p>",
                                   "abcdefghij", "abcdefghij/", "1", "12/", "-", "x/edit/", ""};

class Random {
public:
    explicit Random(unsigned seed) : engine_(seed) {}
    std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine_); }
    std::string text(std::size_t pieces, bool captures) {
        std::string text;
        bool has_capture = false;
        for (std::size_t i = 0; i < pieces; ++i) {
            std::string piece = kPieces[below(std::size(kPieces))];
            if (const auto open = piece.find('<'); open != piece.npos) {
                if (!captures) piece = std::to_string(below(1000)) + piece.substr(piece.find('>') + 1);
                else if (std::exchange(has_capture, true)) continue;  // a name may stand once
            }
            text += piece;
        }
        return text;
    }

private:
    std::mt19937 engine_;
};

TEST(RouteIndex, FindsWhatAScanFindsFirst) {
    Random random(7);
    std::size_t found = 0;
    for (int round = 0; round < 60; ++round) {
        std::vector<std::string> routes;
        std::vector<std::unique_ptr<UrlResolver>> alone;
        Urls all;
        for (std::size_t i = 0, count = 1 + random.below(60); i < count; ++i) {
            routes.push_back(random.text(1 + random.below(4), true));
            const bool is_regex = random.below(10) == 0;
            const auto make = [&] {
                return is_regex ? UrlPattern::make_re_path("^" + std::string(kPieces[random.below(6)]), kView)
                                : UrlPattern::make_path(routes.back(), kView);
            };
            const UrlPattern pattern = make();
            all.patterns.push_back(pattern);
            alone.push_back(std::make_unique<UrlResolver>(Urls{.patterns = {pattern}}));
        }
        const UrlResolver resolver(all);
        for (int i = 0; i < 200; ++i) {
            const std::string path = "/" + random.text(random.below(5), false);
            http::ResolverMatch expected, match;
            const bool is_found = resolver.find(path, match);
            bool is_expected = false;
            for (std::size_t j = 0; j < alone.size() && !is_expected; ++j) is_expected = alone[j]->find(path, expected);
            ASSERT_EQ(is_found, is_expected) << path;
            if (!is_found) continue;
            ++found;
            ASSERT_EQ(match.level(0).route, expected.level(0).route) << path;
            ASSERT_EQ(match.captures(), expected.captures());
            if (match.captures() > 0) {
                ASSERT_EQ((match.end() - 1)->text, (expected.end() - 1)->text);
            }
        }
    }
    EXPECT_GT(found, 1000u);
}

TEST(RouteIndex, TheFirstOfTwoRoutesThatFitWins) {
    const UrlResolver resolver(Urls{.patterns = {
                                        UrlPattern::make_path("<str:word>/", kView, {.name = "word"}),
                                        UrlPattern::make_path("about/", kView, {.name = "about"}),
                                        UrlPattern::make_path("ab<str:rest>", kView, {.name = "rest"}),
                                    }});
    EXPECT_EQ(resolver.resolve("/about/").level(0).name, "word");
    EXPECT_EQ(resolver.resolve("/about").level(0).name, "rest");
}

TEST(RouteIndex, BytesOfAnyKindAreLookedUp) {
    const UrlResolver resolver(Urls{.patterns = {
                                        UrlPattern::make_path("\xff\xfe/", kView, {.name = "high"}),
                                        UrlPattern::make_path("caf\u00e9/<int:n>/", kView, {.name = "coffee"}),
                                        UrlPattern::make_path("", kView, {.name = "home"}),
                                    }});
    EXPECT_EQ(resolver.resolve("/\xff\xfe/").level(0).name, "high");
    EXPECT_EQ(resolver.resolve("/caf\u00e9/3/").level(0).name, "coffee");
    EXPECT_EQ(resolver.resolve("/").level(0).name, "home");
    http::ResolverMatch match;
    EXPECT_FALSE(resolver.find(std::string_view("/\0", 2), match));
    EXPECT_FALSE(resolver.find("", match));
}

Urls leaf() { return {.patterns = {UrlPattern::make_path("<int:a>/<slug:b>/<str:c>/<path:d>", kView)}}; }
Urls middle() { return {.patterns = {path("m<int:m>/", include(leaf))}}; }

TEST(RouteIndex, NothingIsAllocatedForAMatchOfAThousandRoutesOrOfNestedIncludes) {
    Urls urls;
    for (int i = 0; i < 1000; ++i)
        urls.patterns.push_back(UrlPattern::make_path("r" + std::to_string(i) + "/<int:a>/<slug:b>/<uuid:c>/", kView));
    urls.patterns.push_back(path("o<int:o>/", include(middle)));
    const UrlResolver resolver(urls);
    http::ResolverMatch match;
    const std::size_t before = allocations;
    const bool flat = resolver.find("/r777/5/some-slug/123e4567-e89b-12d3-a456-426614174000/", match);
    const bool nested = resolver.find("/o1/m2/3/slug/text/a/long/path/of/many/parts", match);
    EXPECT_EQ(allocations, before);
    EXPECT_TRUE(flat);
    EXPECT_TRUE(nested);
    EXPECT_EQ(match.captures(), 6u);
}

}  // namespace
}  // namespace nuages::routing

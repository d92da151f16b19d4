// Filters on the worst input that a page can be given, from 10 kB to 1 MB: the time per byte must stay level.

#include <nuages/templates/engine.hpp>

#include <benchmark/benchmark.h>

using namespace nuages;
using namespace nuages::templates;

namespace {

struct Hostile {
    const char* filter;
    const char* piece;  // repeated
};

constexpr Hostile kHostile[] = {
    {"truncatewords_html:100000", "<b>a "}, {"truncatechars_html:500000", "<a>"}, {"truncatewords:400000", "a  "},
    {"urlize", "http://a.b/((("},           {"urlize", "a@a."},                  {"urlize", "&lt;www."},
    {"urlize", "a.b\""},                    {"truncatewords_html:9", "</p>"},
    {"striptags", "<"},                     {"striptags", "<a"},                 {"striptags", "&<!--"},
    {"wordwrap:3", "aa "},                  {"slugify", "a- _\u00c4"},           {"linebreaks", "\n\n\n"},
    {"title", "a'b "},                      {"escapejs", "\u2028'"},             {"floatformat:2", "9"},
    {"stringformat:'s'", "%"},              {"make_list|join:', '", "\u00e9"},   {"linenumbers", "\n"},
    {"cut:'ab'", "aab"},                    {"phone2numeric", "z"},              {"truncatechars:500000", "e\u0301"},
};

void BM_HostileFilter(benchmark::State& state) {
    const Hostile& hostile = kHostile[state.range(0)];
    std::string text;
    while (text.size() < static_cast<std::size_t>(state.range(1))) text += hostile.piece;
    const Engine engine({});
    const auto page = engine.from_string("{{ text|" + std::string(hostile.filter) + " }}");
    Context context{{"text", text}};
    std::size_t bytes = 0;
    for (auto _ : state) {
        try {
            benchmark::DoNotOptimize(page->render(context));
        } catch (const Error&) {  // refused: striptags counts what is never closed
        }
        bytes += text.size();
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
    state.SetLabel(hostile.filter);
}

void every_filter(benchmark::internal::Benchmark* bench) {
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(std::size(kHostile)); ++i) {
        for (std::int64_t size : {10'000, 100'000, 1'000'000}) bench->Args({i, size});
    }
}
BENCHMARK(BM_HostileFilter)->Apply(every_filter)->Unit(benchmark::kMicrosecond);

}  // namespace

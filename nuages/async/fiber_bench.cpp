#include <nuages/async/gather.hpp>
#include <nuages/async/loop.hpp>

#include <benchmark/benchmark.h>

namespace nuages::async {
namespace {

void suspend_and_resume(benchmark::State& state) {
    run([&] {
        for (auto _ : state) suspend([](Waker waker) { spawn([waker] { waker.wake(); }); });
    });
}
BENCHMARK(suspend_and_resume);

void yield_to_the_loop(benchmark::State& state) {
    run([&] {
        for (auto _ : state) yield();
    });
}
BENCHMARK(yield_to_the_loop);

void spawn_and_join(benchmark::State& state) {
    run([&] {
        for (auto _ : state) benchmark::DoNotOptimize(spawn([] { return 1; }).join());
    });
}
BENCHMARK(spawn_and_join);

void gather_two(benchmark::State& state) {
    run([&] {
        for (auto _ : state) benchmark::DoNotOptimize(gather([] { return 1; }, [] { return 2; }));
    });
}
BENCHMARK(gather_two);

}  // namespace
}  // namespace nuages::async

// What a plain exchange costs above the socket, and writing JSON.
#include <nuages/http/json.hpp>
#include <nuages/http/request.hpp>

#include <benchmark/benchmark.h>

namespace nuages::http {
namespace {

constexpr HeaderView kFields[] = {
    {"Host", "localhost:8000"},
    {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"},
    {"Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"},
    {"Accept-Language", "en-US,en;q=0.5"},
    {"Accept-Encoding", "gzip, deflate, br"},
    {"Connection", "keep-alive"},
    {"Cookie", "sessionid=abcdef; csrftoken=123456"},
};

void plain_exchange(benchmark::State& state) {
    const RequestHead head{.method = "GET", .target = "/plaintext", .headers = {kFields, std::size(kFields)}};
    Request request;
    std::string out;
    for (auto _ : state) {
        request.assign(head);
        Response response("Hello, World!", {.content_type = kTextPlain});
        out.clear();
        out.append(status_line(response.status_code));
        response.append_headers(out);
        out.append(response.content);
        benchmark::DoNotOptimize(out.data());
        request.clear();
    }
}
BENCHMARK(plain_exchange);

struct Message {
    std::string_view message;
};
void json_message(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(JsonResponse(Message{"Hello, World!"}).content.data());
}
BENCHMARK(json_message);

struct Row {
    std::int64_t id;
    std::string name;
    double price;
    std::optional<std::string> note;
    DateTime created;
};
void json_rows(benchmark::State& state) {
    const std::vector<Row> rows(
        100, Row{123456, "a name with \"quotes\" in it", 12.5, "some text", DateTime{1'700'000'000'123'456}});
    std::size_t bytes = 0;
    for (auto _ : state) bytes += JsonResponse(rows).content.size();
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(json_rows);

void query_of_three(benchmark::State& state) {
    const RequestHead head{.method = "GET", .target = "/packages/?q=some+text&page=2&order=-size"};
    Request request;
    for (auto _ : state) {
        request.assign(head);
        benchmark::DoNotOptimize(request.GET["page"].data());
    }
}
BENCHMARK(query_of_three);

}  // namespace
}  // namespace nuages::http

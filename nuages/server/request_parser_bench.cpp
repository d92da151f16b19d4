#include <nuages/server/request_parser.hpp>

#include <benchmark/benchmark.h>

#include <string>

namespace nuages::server {
namespace {

constexpr std::string_view kSmall = "GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n";

constexpr std::string_view kBrowser =
    "GET /packages/?q=lib&section=devel&page=2 HTTP/1.1\r\n"
    "Host: www.example.com\r\n"
    "Connection: keep-alive\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
    "Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-User: ?1\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Referer: https://www.example.com/packages/?q=lib&section=devel\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Cookie: sessionid=0123456789abcdef0123456789abcdef; csrftoken=0123456789abcdefghijklmnopqrstuvwxyzABCDEF\r\n"
    "\r\n";

void parse_again_and_again(benchmark::State& state, std::string bytes) {
    const Limits limits;
    RequestParser parser(limits);
    for (auto _ : state) {
        parser.reset();
        benchmark::DoNotOptimize(parser.parse(bytes.data(), bytes.size()));
        benchmark::DoNotOptimize(parser.request().headers.data());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}

void small_request(benchmark::State& state) { parse_again_and_again(state, std::string(kSmall)); }
BENCHMARK(small_request);

void browser_request(benchmark::State& state) { parse_again_and_again(state, std::string(kBrowser)); }
BENCHMARK(browser_request);

void chunked_body(benchmark::State& state) {
    std::string wire = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 16; ++i) wire += "1000\r\n" + std::string(4096, 'x') + "\r\n";
    wire += "0\r\n\r\n";
    const Limits limits;
    RequestParser parser(limits);
    std::string buffer;
    for (auto _ : state) {
        buffer = wire;  // joining the chunks changes it
        parser.reset();
        benchmark::DoNotOptimize(parser.parse(buffer.data(), buffer.size()));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * wire.size()));
}
BENCHMARK(chunked_body);

}  // namespace
}  // namespace nuages::server

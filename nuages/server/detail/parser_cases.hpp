// What the tests of the request parser share: each case runs whole, byte by byte, and split in two at each offset, in
// buffers that move. The outcome must be the same.
#pragma once

#include <nuages/server/request_parser.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace nuages::server {

using State = RequestParser::State;
using namespace std::string_literals;

struct Outcome {
    State state = State::need_more;
    ParseError error = ParseError::none;
    std::size_t consumed = 0;
    std::string method, target, body;
    std::vector<std::pair<std::string, std::string>> headers, trailers;
    int minor_version = 0;
    bool keep_alive = false;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

inline constexpr std::size_t kLong = 4096;

// Shows the parser BYTES up to each of ENDS. Each step gets a buffer of its own, exactly as long as what has arrived
// (long inputs stay in one). Chunk joining changes bytes, so they are carried over.
inline Outcome feed(std::string_view bytes, const std::vector<std::size_t>& ends, const Limits& limits) {
    RequestParser parser(limits);
    Outcome outcome;
    std::vector<char> buffer;
    std::size_t have = 0;
    for (const std::size_t end : ends) {
        std::vector<char> next;
        next.reserve(bytes.size() > kLong ? bytes.size() : end);
        if (bytes.size() > kLong && have > 0) {
            next.swap(buffer);
        } else {
            next.assign(buffer.begin(), buffer.end());
        }
        next.insert(next.end(), bytes.begin() + static_cast<std::ptrdiff_t>(have),
                    bytes.begin() + static_cast<std::ptrdiff_t>(end));
        have = end;
        buffer.swap(next);
        outcome.state = parser.parse(buffer.data(), buffer.size());
        if (outcome.state != State::need_more) break;
    }
    outcome.error = parser.error();
    if (outcome.state != State::complete) return outcome;
    const ParsedRequest& request = parser.request();
    outcome.consumed = parser.consumed();
    outcome.method = request.method;
    outcome.target = request.target;
    outcome.body = request.body;
    for (const auto& header : request.headers) outcome.headers.emplace_back(header.name, header.value);
    for (const auto& trailer : request.trailers) outcome.trailers.emplace_back(trailer.name, trailer.value);
    outcome.minor_version = request.minor_version;
    outcome.keep_alive = request.keep_alive;
    return outcome;
}

inline Outcome parse(std::string_view bytes, const Limits& limits = {}) {
    const Outcome whole = feed(bytes, {bytes.size()}, limits);
    std::vector<std::size_t> each;
    for (std::size_t i = 1; i <= bytes.size(); ++i) each.push_back(i);
    EXPECT_TRUE(feed(bytes, each, limits) == whole) << "byte by byte: " << bytes.substr(0, 200);
    const std::size_t step = bytes.size() > kLong ? bytes.size() / 50 : 1;
    for (std::size_t i = 0; i < bytes.size(); i += step) {
        EXPECT_TRUE(feed(bytes, {i, bytes.size()}, limits) == whole)
            << "split at " << i << ": " << bytes.substr(0, 200);
    }
    return whole;
}

inline int status(std::string_view bytes, const Limits& limits = {}) {
    const Outcome outcome = parse(bytes, limits);
    EXPECT_EQ(outcome.state == State::failed, outcome.error != ParseError::none);
    if (outcome.state == State::need_more) return 0;
    return status_of(outcome.error);
}

inline std::string get(std::string_view headers) { return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n"; }
inline std::string post(std::string_view headers, std::string_view body) {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
}
inline std::string chunked(std::string_view body) { return post("Transfer-Encoding: chunked\r\n", body); }

}  // namespace nuages::server

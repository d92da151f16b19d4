// Shows the parser the same bytes whole, one by one and in pieces: the outcome must be the same, and every view inside.
#include <nuages/server/request_parser.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using nuages::server::Limits;
using nuages::server::ParseError;
using nuages::server::RequestParser;

struct Outcome {
    RequestParser::State state = RequestParser::State::need_more;
    ParseError error = ParseError::none;
    std::string text;  // all that a request consists of
    bool head_complete = false;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

void require(bool holds) {
    if (!holds) std::abort();
}

Outcome outcome_of(const RequestParser& parser, RequestParser::State state, const std::vector<char>& buffer,
                   std::size_t dropped, const std::string& kept) {
    Outcome outcome{state, parser.error(), {}, parser.head_complete()};
    if (state != RequestParser::State::complete) return outcome;
    const auto add = [&](std::string_view view) {
        require(view.empty() ||
                (view.data() >= buffer.data() && view.data() + view.size() <= buffer.data() + buffer.size()));
        outcome.text.append(view).push_back('\n');
    };
    const auto& request = parser.request();
    require(parser.consumed() <= buffer.size());
    add(request.method);
    add(request.target);
    outcome.text += kept;
    add(request.body);
    for (const auto& header : request.headers) {
        add(header.name);
        add(header.value);
    }
    for (const auto& trailer : request.trailers) {
        add(trailer.name);
        add(trailer.value);
    }
    outcome.text += std::to_string(request.minor_version) + std::to_string(request.keep_alive) +
                    std::to_string(parser.consumed() + dropped);
    return outcome;
}

enum class Meanwhile { nothing, compact, spool };

// Gives the parser PIECE more bytes at each step, in a buffer of its own that fits exactly.
Outcome feed(const std::uint8_t* data, std::size_t size, std::size_t piece, Meanwhile meanwhile, const Limits& limits) {
    RequestParser parser(limits);
    std::vector<char> buffer;
    std::size_t dropped = 0;
    std::string kept;
    RequestParser::State state = RequestParser::State::need_more;
    for (std::size_t at = 0; at < size && state == RequestParser::State::need_more; at += piece) {
        const std::size_t more = std::min(piece, size - at);
        if (meanwhile != Meanwhile::nothing) {
            const bool spools = meanwhile == Meanwhile::spool;
            if (spools) kept += parser.body_so_far(buffer.size());
            const std::size_t left = spools ? parser.drop_body(buffer.data(), buffer.size())
                                            : parser.compact(buffer.data(), buffer.size());
            dropped += buffer.size() - left;
            buffer.resize(left);
        }
        std::vector<char> next(buffer.size() + more);
        if (!buffer.empty()) std::memcpy(next.data(), buffer.data(), buffer.size());
        std::memcpy(next.data() + buffer.size(), data + at, more);
        buffer.swap(next);
        state = parser.parse(buffer.data(), buffer.size());
    }
    return outcome_of(parser, state, buffer, dropped, kept);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    // The first byte chooses small limits, so that short inputs reach them.
    Limits limits;
    if (data[0] & 1) limits.request_line = 24;
    if (data[0] & 2) limits.header_line = 24;
    if (data[0] & 4) limits.header_bytes = 64;
    if (data[0] & 8) limits.header_count = 3;
    if (data[0] & 16) limits.body = 16;
    if (data[0] & 32) limits.chunk_line = 12;
    if (data[0] & 64) limits.trailer_bytes = 32;
    ++data;
    --size;

    const Outcome whole = feed(data, size, std::max<std::size_t>(size, 1), Meanwhile::nothing, limits);
    require(feed(data, size, 1, Meanwhile::nothing, limits) == whole);
    require(feed(data, size, 1, Meanwhile::compact, limits) == whole);
    require(feed(data, size, 7, Meanwhile::compact, limits) == whole);
    require(feed(data, size, 1, Meanwhile::spool, limits) == whole);
    require(feed(data, size, 5, Meanwhile::spool, limits) == whole);
    return 0;
}

// Runs the cases of the *.requests files (see README.md) through the parser at every split, and through a server.
#include "corpus.hpp"

#include <nuages/server/detail/test_server.hpp>
#include <nuages/server/request_parser.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

namespace raw_requests {
namespace {

using nuages::server::ParseError;
using nuages::server::RequestParser;
using State = RequestParser::State;
using Kind = Outcome::Kind;

// Longer ones are split at some offsets only.
constexpr std::size_t kEverySplitMax = 2048;
constexpr std::size_t kSplitsOfLong = 40;

std::vector<Case>& cases() {
    static std::vector<Case> all;
    return all;
}

/// Shows the parser the bytes up to each of ENDS in a buffer of their own, and goes on with the next request.
std::vector<Outcome> parse(std::string_view bytes, const std::vector<std::size_t>& ends) {
    const nuages::server::Limits limits;
    RequestParser parser(limits);
    std::vector<Outcome> outcomes;
    std::vector<char> buffer;  // from the present request on
    std::size_t taken = 0;
    for (const std::size_t end : ends) {
        std::vector<char> next(buffer);
        next.insert(next.end(), bytes.begin() + static_cast<std::ptrdiff_t>(taken), bytes.begin() + static_cast<std::ptrdiff_t>(end));
        next.shrink_to_fit();
        buffer.swap(next);
        taken = end;
        while (!buffer.empty()) {
            const State state = parser.parse(buffer.data(), buffer.size());
            if (state == State::need_more) break;
            if (state == State::failed) {
                outcomes.push_back({.kind = Kind::refused, .status = nuages::server::status_of(parser.error()), .method = {}, .target = {}, .body = {}});
                return outcomes;
            }
            const auto& request = parser.request();
            outcomes.push_back({Kind::request, 200, std::string(request.method), std::string(request.target),
                                std::string(request.body), !request.keep_alive});
            if (!request.keep_alive) return outcomes;
            buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(parser.consumed()));
            parser.reset();
        }
    }
    if (!buffer.empty()) outcomes.push_back({});
    return outcomes;
}

std::string text_of(const std::vector<Outcome>& outcomes) {
    std::string text;
    for (const Outcome& one : outcomes) text += "\n  -> " + describe(one);
    return text;
}

class RawRequest : public nuages::server::ServerTest, public testing::WithParamInterface<std::size_t> {
protected:
    const Case& the_case() const { return cases()[GetParam()]; }
};

TEST_P(RawRequest, IsUnderstoodAlikeHoweverItIsSplit) {
    const Case& one = the_case();
    const std::string& bytes = one.bytes;
    const auto check = [&](const std::vector<std::size_t>& ends, const std::string& how) {
        const std::vector<Outcome> found = parse(bytes, ends);
        EXPECT_TRUE(found == one.outcomes) << one.place << ", " << how << ": expected" << text_of(one.outcomes) << "\nfound"
                                           << text_of(found);
        return found == one.outcomes;
    };
    if (!check({bytes.size()}, "whole")) return;
    std::vector<std::size_t> each;
    for (std::size_t i = 1; i <= bytes.size(); ++i) each.push_back(i);
    if (bytes.size() <= 16 * kEverySplitMax && !check(each, "byte by byte")) return;
    const std::size_t step = bytes.size() <= kEverySplitMax ? 1 : bytes.size() / kSplitsOfLong;
    for (std::size_t at = 1; at < bytes.size(); at += step)
        if (!check({at, bytes.size()}, "split at " + std::to_string(at))) return;
}

nuages::http::Response echo(nuages::http::Request& request) {
    nuages::http::Response response{std::string(request.body()), "text/plain"};
    response["X-Echo"] = std::string(request.method) + " " + std::string(request.head().target);
    return response;
}

/// What a response says.
struct Answer {
    int status = 0;
    std::string echo, body;
    bool closes = false;
};

/// Takes the first response off WIRE; IS_HEAD: it has no body.
Answer take_answer(std::string& wire, bool is_head) {
    Answer answer;
    const std::size_t head_end = wire.find("\r\n\r\n");
    if (head_end == wire.npos) return answer;
    const std::string head = wire.substr(0, head_end + 2);
    wire.erase(0, head_end + 4);
    answer.status = nuages::server::status_in(head);
    const auto field = [&](const std::string& name) {
        const std::size_t at = head.find("\r\n" + name + ": ");
        if (at == head.npos) return std::string();
        const std::size_t begin = at + name.size() + 4;
        return head.substr(begin, head.find("\r\n", begin) - begin);
    };
    answer.echo = field("X-Echo");
    answer.closes = field("Connection") == "close";
    const std::string length = field("Content-Length");
    if (!is_head && !length.empty()) {
        answer.body = wire.substr(0, std::stoul(length));
        wire.erase(0, answer.body.size());
    }
    return answer;
}

TEST_P(RawRequest, IsAnsweredOrRefusedByAServerAndNothingBehindARefusalIsRead) {
    const Case& one = the_case();
    start(echo);
    nuages::server::Client client(port_);
    client.send(one.bytes).end_sending();
    std::string wire = client.read_all();
    for (std::size_t at = 0; (at = wire.find("HTTP/1.1 100 Continue\r\n\r\n")) != wire.npos;) wire.erase(at, 25);
    for (const Outcome& expected : one.outcomes) {
        if (expected.kind == Kind::more) break;
        const Answer answer = take_answer(wire, expected.method == "HEAD");
        ASSERT_EQ(answer.status, expected.kind == Kind::refused ? expected.status : 200) << one.place << "\nthe rest: " << wire;
        if (expected.kind == Kind::refused) {
            EXPECT_TRUE(answer.closes) << one.place;
            EXPECT_EQ(answer.echo, "") << one.place;
            continue;
        }
        if (expected.target == "*") continue;  // the server's own answer
        EXPECT_EQ(answer.echo, expected.method + " " + expected.target) << one.place;
        if (expected.method != "HEAD") {
            EXPECT_TRUE(answer.body == expected.body) << one.place << ": " << answer.body.substr(0, 200);
        }
        EXPECT_EQ(answer.closes, expected.closes) << one.place;
    }
    EXPECT_EQ(wire, "") << one.place << ": more was answered than was asked";
}

std::string name_of(const testing::TestParamInfo<std::size_t>& info) {
    std::string name = cases()[info.param].place;
    for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    return name;
}

std::vector<std::size_t> numbers() {
    std::vector<std::size_t> all(cases().size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    return all;
}

INSTANTIATE_TEST_SUITE_P(Corpus, RawRequest, testing::ValuesIn(numbers()), name_of);

}  // namespace
}  // namespace raw_requests

// The cases are read before GoogleTest counts them: --gtest_list_tests knows them too.
int main(int argc, char** argv) {
    std::vector<std::string> files;
    for (int i = 1; i < argc; ++i)
        if (std::string(argv[i]).rfind("--", 0) != 0) files.emplace_back(argv[i]);
    if (files.empty())
        for (const auto& entry : std::filesystem::directory_iterator("."))
            if (entry.path().extension() == ".requests") files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    try {
        for (const std::string& file : files)
            for (raw_requests::Case& one : raw_requests::read_cases(file)) raw_requests::cases().push_back(std::move(one));
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
    if (raw_requests::cases().empty()) {
        std::cerr << "No *.requests here; name files with cases.\n";
        return 2;
    }
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}

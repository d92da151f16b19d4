// Who the client is when proxies stand between: headers, PROXY protocol, and from whom they are believed.
#include <nuages/server/detail/forwarded.hpp>
#include <nuages/server/detail/proxy_header.hpp>
#include <nuages/server/detail/test_server.hpp>

#include <nuages/base/error.hpp>

namespace nuages::server {
namespace {

using detail::Networks;
using detail::Origin;
using detail::ProxyHeader;
using detail::ProxyState;

TEST(Networks, HoldAddressesAndNetworksOfBothFamilies) {
    const Networks some({"10.0.0.0/8", "192.0.2.7", "2001:db8::/33"});
    for (const char* inside : {"10.255.0.1", "192.0.2.7", "::ffff:10.0.0.1", "2001:db8:7fff::1", ""})
        EXPECT_TRUE(some.contain(inside)) << inside;
    for (const char* outside : {"11.0.0.1", "192.0.2.8", "2001:db8:8000::1", "::1", "unknown", "10.0.0.1 "})
        EXPECT_FALSE(some.contain(outside)) << outside;
    EXPECT_TRUE(Networks({"*"}).contain("203.0.113.9"));
    EXPECT_FALSE(Networks({}).contain("127.0.0.1"));
    for (const char* wrong : {"10.0.0.0/33", "10.0.0", "proxy.example", "::/129", "10.0.0.0/", "10.0.0.0/8x"})
        EXPECT_THROW(Networks({wrong}), Error) << wrong;
}

struct Said {
    std::vector<http::HeaderView> fields;
    const char* address;
    Origin::Scheme scheme = Origin::Scheme::unsaid;
};

TEST(Forwarded, TheClientIsTheFirstFromTheEndThatIsNoTrustedProxy) {
    const Networks trusted({"10.0.0.0/8", "fd00::/8"});
    using enum Origin::Scheme;
    const std::vector<Said> cases{
        {{{"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-Proto", "https"}}, "203.0.113.9", https},
        {{{"x-forwarded-for", "1.1.1.1, 203.0.113.9, 10.0.0.2"}}, "203.0.113.9"},
        {{{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}, "10.0.0.3"},
        {{{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "10.0.0.2"}}, "1.1.1.1"},
        {{{"X-Forwarded-For", "1.1.1.1"}, {"X-Forwarded-For", "unknown, 10.0.0.2"}}, "10.0.0.2"},
        {{{"X-Forwarded-For", "203.0.113.9:4711"}}, "203.0.113.9"},
        {{{"X-Forwarded-For", "[2001:db8::1]:4711"}}, "2001:db8::1"},
        {{{"X-Forwarded-For", "2001:db8::1, fd00::2"}}, "2001:db8::1"},
        {{{"X-Forwarded-For", "evil\"><script>"}}, ""},
        {{{"X-Forwarded-For", ""}}, ""},
        {{{"X-Forwarded-Proto", "http, https"}}, "", https},
        {{{"X-Forwarded-Proto", "ftp"}}, ""},
        {{{"Forwarded", "for=192.0.2.43, For=\"[2001:db8:cafe::17]:4711\";proto=HTTPS;by=10.0.0.1"}}, "2001:db8:cafe::17", https},
        {{{"Forwarded", "for=\"_a,b;c\";proto=http"}}, "", http},
        {{{"Forwarded", "for=1.1.1.1;proto=https"}, {"X-Forwarded-For", "203.0.113.9"}}, "203.0.113.9"},
        {{{"Accept", "*/*"}}, ""},
    };
    for (const Said& one : cases) {
        const Origin origin = detail::origin_of({one.fields.data(), one.fields.size()}, trusted);
        EXPECT_EQ(origin.address, one.address) << one.fields[0].value;
        EXPECT_EQ(origin.scheme, one.scheme) << one.fields[0].value;
    }
}

TEST(Forwarded, KnowsTheHeadersThatOnlyProxiesMaySend) {
    for (const char* name : {"Forwarded", "x-forwarded-for", "X-FORWARDED-HOST", "X-Forwarded-Anything", "X-Real-IP"})
        EXPECT_TRUE(detail::is_proxy_header(name)) << name;
    for (const char* name : {"Forward", "X-Forwarded", "X-Forwarded-", "Host", "X-Request-Id", "From", ""})
        EXPECT_FALSE(detail::is_proxy_header(name)) << name;
}

Response whom(Request& request) {
    return Response(std::string(request.remote_addr()) + "|" + std::string(request.scheme()) + "|" +
                        std::string(request.headers["X-Forwarded-For"]) + "|" + std::string(request.headers["X-Request-Id"]),
                    "text/plain");
}

constexpr std::string_view kForwarded =
    "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\nX-Request-Id: 7\r\nX-Forwarded-Proto: https\r\n"
    "Connection: close\r\n\r\n";

TEST_F(ServerTest, BelievesForwardedHeadersOfTrustedPeers) {
    start(whom);
    EXPECT_EQ(body_of(exchange(kForwarded)), "203.0.113.9|https|203.0.113.9|7");
}

TEST_F(ServerTest, DropsForwardedHeadersOfOtherPeers) {
    ServerOptions options;
    options.forwarded_allow_ips = {"10.0.0.1"};
    start(whom, std::move(options));
    EXPECT_EQ(body_of(exchange(kForwarded)), "127.0.0.1|http||7");
}

// ---- PROXY protocol

std::string binary(std::string_view rest) { return std::string("\r\n\r\n\0\r\nQUIT\n", 12) + std::string(rest); }
const std::string kV2 = binary({"\x21\x11\x00\x0c\xcb\x00\x71\x09\xc0\x00\x02\x01\x30\x39\x01\xbb", 16});
const std::string kV1 = "PROXY TCP4 203.0.113.9 192.0.2.1 12345 443\r\n";

TEST(ProxyHeaders, AreReadInBothVersions) {
    for (const std::string& bytes : {kV1, kV2}) {
        ProxyHeader header;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            EXPECT_EQ(detail::parse_proxy_header(bytes.substr(0, i), header), ProxyState::need_more) << i;
        ASSERT_EQ(detail::parse_proxy_header(bytes + "GET", header), ProxyState::complete);
        EXPECT_EQ(header.size, bytes.size());
        EXPECT_STREQ(header.source.address, "203.0.113.9");
        EXPECT_EQ(header.source.port, 12345);
        EXPECT_STREQ(header.destination.address, "192.0.2.1");
        EXPECT_EQ(header.destination.port, 443);
    }
}

TEST(ProxyHeaders, MayNameNobody) {
    for (const std::string& bytes :
         {std::string("PROXY UNKNOWN\r\n"), std::string("PROXY UNKNOWN ffff::1 anything 1 2\r\n"),
          binary({"\x20\x00\x00\x00", 4}), binary({"\x20\x11\x00\x02xx", 6}), binary({"\x21\x00\x00\x01y", 5})}) {
        ProxyHeader header;
        EXPECT_EQ(detail::parse_proxy_header(bytes, header), ProxyState::complete);
        EXPECT_EQ(header.size, bytes.size());
        EXPECT_FALSE(header.has_addresses);
    }
}

TEST(ProxyHeaders, AreRefusedWhenTheyAreWrong) {
    for (const std::string& bytes :
         {std::string("GET / HTTP/1.1\r\n"), std::string("proxy TCP4 1.1.1.1 1.1.1.1 1 1\r\n"), std::string("PROXY TCP4 1.1.1.1 1.1.1.1 1 1\n"),
          std::string("PROXY TCP4 1.1.1 1.1.1.1 1 1\r\n"), std::string("PROXY TCP4 ::1 ::1 1 1\r\n"), std::string("PROXY TCP6 1.1.1.1 ::1 1 1\r\n"),
          std::string("PROXY TCP4 1.1.1.1 1.1.1.1 1 65536\r\n"), std::string("PROXY TCP4 1.1.1.1 1.1.1.1 01 1\r\n"),
          std::string("PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n"), std::string("PROXY TCP4 1.1.1.1 1.1.1.1 1 1 \r\n"),
          std::string("PROXY TCP4  1.1.1.1 1.1.1.1 1 1\r\n"), std::string("PROXY UDP4 1.1.1.1 1.1.1.1 1 1\r\n"),
          "PROXY UNKNOWN " + std::string(100, 'x'), std::string("PROXY TCP4 1.1.1.1\0 1.1.1.1 1 1\r\n", 33),
          binary({"\x11\x11\x00\x0c", 4}), binary({"\x22\x11\x00\x0c", 4}), binary({"\x21\x12\x00\x0c", 4}),
          binary({"\x21\x11\x00\x0b", 4}), binary({"\x21\x11\xff\xff", 4}), std::string("\r\n\r\n\0\r\nQUIX", 11)}) {
        ProxyHeader header;
        EXPECT_EQ(detail::parse_proxy_header(bytes, header), ProxyState::bad) << bytes;
    }
}

Response peers(Request& request) {
    return Response(std::string(request.remote_addr()) + ":" + std::to_string(request.head().remote_port) + " " +
                        std::string(request.head().server_name) + ":" + std::to_string(request.head().server_port),
                    "text/plain");
}

TEST_F(ServerTest, TheProxyHeaderNamesTheClientHoweverItComesIn) {
    ServerOptions options;
    options.proxy_protocol = true;
    start(peers, std::move(options));
    for (const std::string& header : {kV1, kV2}) {
        const std::string all = header + std::string(kGetClose);
        EXPECT_EQ(body_of(exchange(all)), "203.0.113.9:12345 192.0.2.1:443");
        Client slow(port_);
        for (const char c : all) slow.send({&c, 1});
        EXPECT_EQ(body_of(slow.read_all()), "203.0.113.9:12345 192.0.2.1:443");
    }
    Client kept(port_);
    kept.send(kV2).send(kGet);
    EXPECT_EQ(body_of(kept.read_response()), "203.0.113.9:12345 192.0.2.1:443");
    kept.send(kGet);
    EXPECT_EQ(body_of(kept.read_response()), "203.0.113.9:12345 192.0.2.1:443");
}

TEST_F(ServerTest, AConnectionWithoutTheProxyHeaderIsClosed) {
    ServerOptions options;
    options.proxy_protocol = true;
    start(peers, std::move(options));
    EXPECT_EQ(exchange(kGetClose), "");
}

TEST_F(ServerTest, OnlyTrustedPeersMaySendAProxyHeader) {
    ServerOptions options;
    options.proxy_protocol = true;
    options.proxy_allow_ips = {"10.0.0.1"};
    start(peers, std::move(options));
    EXPECT_EQ(exchange(kV1 + std::string(kGetClose)), "");
}

TEST_F(ServerTest, ForwardedHeadersAreTheClientsWhereTheProxyHeaderNamesIt) {
    ServerOptions options;
    options.proxy_protocol = true;  // a proxy that looks at no header passes on what the client made up
    start(whom, std::move(options));
    EXPECT_EQ(body_of(exchange(kV1 + std::string(kForwarded))), "203.0.113.9|http||7");
}

TEST_F(ServerTest, OneAddressHasOnlySoManyConnections) {
    ServerOptions options;
    options.connections_per_address = 2;
    options.forwarded_allow_ips = {};
    start(hello, std::move(options));
    Client first(port_), second(port_);
    EXPECT_EQ(status_in(first.send(kGet).read_response()), 200);
    EXPECT_EQ(status_in(second.send(kGet).read_response()), 200);
    EXPECT_EQ(status_in(exchange("")), 503);
    EXPECT_EQ(status_in(second.send(kGetClose).read_all()), 200);
    EXPECT_EQ(status_in(exchange(kGetClose)), 200);
}

}  // namespace
}  // namespace nuages::server

// Bodies of requests and responses, files among them.
#include <nuages/server/detail/test_server.hpp>

namespace nuages::server {
namespace {

TEST_F(ServerTest, ReadsBodiesInAnyFraming) {
    start(echo);
    EXPECT_EQ(body_of(exchange("POST /p HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n")),
              "POST /p abcde");
    Client slow(port_);
    for (const char c :
         std::string_view("PUT /s HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nxyz")) {
        slow.send({&c, 1});
    }
    EXPECT_EQ(body_of(slow.read_all()), "PUT /s xyz");
}

TEST_F(ServerTest, CarriesLargeBodiesBothWays) {
    http::RequestOptions large;
    large.data_upload_max_memory_size = 10'000'000;
    ServerOptions options;
    options.request_options = &large;
    start([](Request& request) { return Response(std::string(request.body())); }, options);
    std::string body(5'000'000, 'b');
    for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
    Client client(port_);
    std::thread sender([&] {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + body + std::string(kGetClose));
    });
    const std::string first = client.read_response();
    const std::string second = client.read_all();
    sender.join();
    EXPECT_TRUE(body_of(first) == body);
    EXPECT_TRUE(contains(second, "200 OK"));
    stop();
}

TEST_F(ServerTest, JoinsALargeChunkedBody) {
    start([](Request& request) { return Response(std::to_string(request.body().size())); });
    std::string wire = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 3000; ++i) wire += "64;" + std::string(100, 'e') + "\r\n" + std::string(100, 'x') + "\r\n";
    EXPECT_EQ(body_of(exchange(wire + "0\r\n\r\n")), "300000");
}

TEST_F(ServerTest, ASlowReaderHoldsUpNobodyElse) {
    const std::string large(8'000'000, 'L');
    start([&](Request& request) { return request.path == "/large" ? Response(large) : Response("small"); });
    Client slow(port_, 4096);
    slow.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 20; ++i) EXPECT_EQ(body_of(exchange(kGetClose)), "small");
    EXPECT_EQ(body_of(slow.read_response()).size(), large.size());
    EXPECT_EQ(body_of(slow.read_all()), "small");
}

TEST_F(ServerTest, SendsTheContinueThatAClientWaitsForAndOnlyThen) {
    start(echo);
    Client client(port_);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(client.read_response(), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(body_of(client.send("ok").read_response()), "POST / ok");
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_EQ(status_in(client.read_response()), 200);
    EXPECT_EQ(
        status_in(exchange("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n")),
        413);
}

class File {
public:
    explicit File(std::string_view contents) {
        char name[] = "/tmp/nuages-server-test-XXXXXX";
        descriptor_ = ::mkstemp(name);
        ::unlink(name);
        EXPECT_EQ(::write(descriptor_, contents.data(), contents.size()), static_cast<ssize_t>(contents.size()));
    }
    ~File() { ::close(descriptor_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    Ref<http::FileBody> body(std::uint64_t offset, std::uint64_t size) const {
        return make_ref<http::FileBody>(::dup(descriptor_), offset, size);
    }

private:
    int descriptor_;
};

TEST_F(ServerTest, SendsFilesAndPartsOfThem) {
    std::string contents(3'000'000, 'f');
    contents.replace(0, 10, "0123456789");
    const File file(contents);
    start([&](Request& request) {
        Response response;
        response.set_file(request.path == "/part"   ? file.body(2, 5)
                          : request.path == "/none" ? file.body(0, 0)
                                                    : file.body(0, contents.size()));
        return response;
    });
    Client client(port_);
    client.send(
        "GET /all HTTP/1.1\r\nHost: a\r\n\r\nGET /part HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: "
        "a\r\n\r\n");
    EXPECT_TRUE(body_of(client.read_response()) == contents);
    EXPECT_EQ(body_of(client.read_response()), "23456");
    EXPECT_EQ(body_of(client.read_response()), "");
    const std::string head = client.send("HEAD /all HTTP/1.1\r\nHost: a\r\n\r\n").read_response(false);
    EXPECT_TRUE(contains(head, "Content-Length: 3000000\r\n"));
    EXPECT_EQ(body_of(client.send("GET /part HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").read_all()), "23456");
}

TEST_F(ServerTest, AFileThatShrankEndsTheConnectionInsteadOfPadding) {
    const File file("short");
    start([&](Request&) {
        Response response;
        response.set_file(file.body(0, 500));
        return response;
    });
    const std::string response = exchange(std::string(kGet) + std::string(kGet));
    EXPECT_EQ(body_of(response), "short");
}

}  // namespace
}  // namespace nuages::server

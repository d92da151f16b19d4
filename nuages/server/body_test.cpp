// Bodies of requests and responses, files among them.
#include <nuages/async/gather.hpp>
#include <nuages/base/log.hpp>
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
        status_in(exchange("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 999999999\r\n\r\n")),
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

TEST_F(ServerTest, Security48AFileThatShrankEndsTheConnectionInsteadOfPadding) {
    const File file("short");
    start([&](Request&) {
        Response response;
        response.set_file(file.body(0, 500));
        return response;
    });
    const std::string response = exchange(std::string(kGet) + std::string(kGet));
    EXPECT_EQ(body_of(response), "short");
}

// ---- bodies that do not stay in memory

std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + (i * 7 + i / 1000) % 26);
    return bytes;
}

TEST_F(ServerTest, LargeBodiesGoToAFileAndAreReadFromThere) {
    ServerOptions options;
    options.limits.body_in_memory = 100'000;
    options.limits.buffered_total = 600'000;  // far less than the body
    start(
        [](Request& request) {
            std::string first = request.read(3), rest = request.read();
            return Response(std::to_string(request.body_size()) + " " + first + " " +
                            std::to_string(rest == pattern(3'000'000).substr(3)) + " " + request.read());
        },
        options);
    const std::string body = pattern(3'000'000);
    Client client(port_);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + body);
    EXPECT_EQ(body_of(client.read_response()), "3000000 " + body.substr(0, 3) + " 1 ");
    std::string chunks = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < body.size(); at += 50'000)
        chunks.append("c350\r\n").append(body, at, 50'000).append("\r\n");
    EXPECT_EQ(body_of(client.send(chunks + "0\r\n\r\n").read_all()), "3000000 " + body.substr(0, 3) + " 1 ");
}

TEST_F(ServerTest, FormsWithLargeFilesAreReadWhileOthersAreServed) {
    ServerOptions options;
    options.limits.body_in_memory = 100'000;
    http::RequestOptions small;
    small.allowed_hosts = {"*"};
    small.file_upload_max_memory_size = 1000;
    options.request_options = &small;
    std::mutex mutex;
    std::string path;
    start(
        [&](Request& request) {
            if (request.method == "GET") return Response("here");
            // A second fiber that asks meanwhile gets the same form.
            const auto [title, name] = async::gather([&] { return std::string(request.POST["title"]); },
                                                     [&] { return request.FILES["doc"].name; });
            const http::UploadedFile& doc = request.FILES["doc"];
            std::string content;
            doc.chunks([&](std::string_view chunk) { content += chunk; });
            const std::lock_guard lock(mutex);
            path = doc.temporary_file_path();
            EXPECT_EQ(::access(path.c_str(), R_OK), 0);
            return Response(title + " " + name + " " + doc.content_type + " " + std::to_string(doc.size()) + " " +
                            std::to_string(content == pattern(2'000'000)));
        },
        options);
    const std::string form =
        "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA title\r\n--B\r\nContent-Disposition: form-data; "
        "name=\"doc\"; filename=\"../a.txt\"\r\nContent-Type: text/plain\r\n\r\n" +
        pattern(2'000'000) + "\r\n--B--\r\n";
    Client client(port_);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: " +
                std::to_string(form.size()) + "\r\n\r\n" + form);
    EXPECT_EQ(body_of(client.read_response()), "A title a.txt text/plain 2000000 1");
    EXPECT_EQ(body_of(client.send(kGetClose).read_all()), "here");
    const std::lock_guard lock(mutex);
    EXPECT_NE(::access(path.c_str(), F_OK), 0) << "the file goes with the request";
}

TEST_F(ServerTest, BodiesOnTheDiskShareABudgetAndGiveItBack) {
    ServerOptions options;
    options.limits.body_in_memory = 100'000;
    options.limits.spooled_total = 500'000;
    start([](Request& request) { return Response(std::to_string(request.body_size())); }, options);
    const auto post = [](std::size_t size) {
        return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + pattern(size);
    };
    Client client(port_);
    EXPECT_EQ(body_of(client.send(post(450'000)).read_response()), "450000");
    EXPECT_EQ(body_of(client.send(post(450'000)).read_response()), "450000");
    EXPECT_EQ(status_in(exchange(post(900'000))), 503);
    EXPECT_EQ(body_of(client.send(post(450'000)).read_response()), "450000");
}

TEST_F(ServerTest, ABodyThatTheDiskCannotTakeIsRefused) {
    ServerOptions options;
    options.limits.body_in_memory = 100'000;
    options.temp_dir = "/no/such/folder";
    log::set_sink([](log::Level, std::string_view, std::string_view) {});
    start([](Request& request) { return Response(std::to_string(request.body_size())); }, options);
    EXPECT_EQ(status_in(exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n" + pattern(900'000))), 503);
    EXPECT_EQ(body_of(exchange(kGetClose)), "0");
    stop();
    log::set_sink({});
}

}  // namespace
}  // namespace nuages::server

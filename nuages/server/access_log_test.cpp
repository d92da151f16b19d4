// Lines of the access log.
#include <nuages/server/access_log.hpp>
#include <nuages/server/detail/test_server.hpp>

#include <nuages/base/error.hpp>
#include <nuages/http/json.hpp>
#include <nuages/http/request.hpp>

#include <boost/json/parse.hpp>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace nuages::server {
namespace {

struct Example {
    std::vector<http::HeaderView> fields{{"Host", "shop.example"},
                                         {"User-Agent", "curl/8 \"x\" \x1b[31m\\"},
                                         {"Referer", "http://a/"},
                                         {"Authorization", "Basic YWRhOnNlY3JldA=="}};
    http::Headers headers{fields.data(), fields.size()};
    Response response{"Hello", "text/plain"};
    AccessRecord record;

    Example() {
        record.remote_address = "203.0.113.9";
        record.remote_port = 4711;
        record.method = "GET";
        record.target = "/a%20b?x=1&y=\"";
        record.status = 200;
        record.body_bytes = 5;
        record.duration = microseconds(1'234'567);
        record.request_headers = &headers;
        record.response = &response;
    }
    std::string line(std::string_view format) const {
        std::string out;
        AccessFormat(format).append(out, record);
        return out;
    }
};

TEST(AccessFormat, HasGunicornsAtoms) {
    const Example example;
    EXPECT_EQ(example.line("%(h)s %(l)s %(u)s %(m)s %(U)s %(q)s %(H)s"), "203.0.113.9 - ada GET /a%20b x=1&y=\\\" HTTP/1.1\n");
    EXPECT_EQ(example.line("%(r)s"), "GET /a%20b?x=1&y=\\\" HTTP/1.1\n");
    EXPECT_EQ(example.line("%(s)s %(B)s %(b)s %(f)s"), "200 5 5 http://a/\n");
    EXPECT_EQ(example.line("%(T)s %(M)s %(D)s %(L)s"), "1 1234 1234567 1.234567\n");
    EXPECT_EQ(example.line("%(p)s"), "<" + std::to_string(::getpid()) + ">\n");
    EXPECT_EQ(example.line("%({host}i)s %({Content-Type}o)s %({REMOTE_PORT}e)s %({PATH_INFO}e)s %({HTTP_HOST}e)s %({nothing}i)s"),
              "shop.example text/plain 4711 /a%20b shop.example -\n");
    EXPECT_EQ(example.line("100%% plain"), "100% plain\n");
    const std::string time = example.line("%(t)s");
    EXPECT_EQ(time.size(), std::string_view("[09/Mar/2026:13:05:09 +0000]\n").size());
}

TEST(AccessFormat, Checklist77NothingThatAClientSendsForgesALine) {
    const Example example;
    EXPECT_EQ(example.line("\"%(a)s\""), "\"curl/8 \\\"x\\\" \\x1b[31m\\\\\"\n");
}

TEST(AccessFormat, JsonIsOneObjectALine) {
    Example example;
    example.fields[2].value = "http://\xff/";  // is no UTF-8
    const auto parsed = boost::json::parse(example.line("json")).as_object();
    EXPECT_EQ(parsed.at("method").as_string(), "GET");
    EXPECT_EQ(parsed.at("path").as_string(), "/a%20b");
    EXPECT_EQ(parsed.at("query").as_string(), "x=1&y=\"");
    EXPECT_EQ(parsed.at("status").as_int64(), 200);
    EXPECT_EQ(parsed.at("bytes").as_int64(), 5);
    EXPECT_EQ(parsed.at("duration_us").as_int64(), 1'234'567);
    EXPECT_EQ(parsed.at("host").as_string(), "shop.example");
    EXPECT_EQ(parsed.at("referer").as_string(), "http://?/");
    EXPECT_EQ(parsed.at("user_agent").as_string(), "curl/8 \"x\" \x1b[31m\\");
}

TEST(AccessFormat, RefusesWhatIsNoAtom) {
    for (const char* wrong : {"%(zz)s", "%(h)", "%h", "%(h)x", "%", "%({}i)s", "%({a}x)s", "%(h"})
        EXPECT_THROW(AccessFormat{wrong}, Error) << wrong;
}

TEST(AccessFormat, ARefusedRequestHasItsLineToo) {
    AccessRecord record;
    record.status = 400;
    std::string out;
    AccessFormat(kAccessLogFormat).append(out, record);
    EXPECT_TRUE(out.starts_with("- - - [")) << out;
    EXPECT_TRUE(out.ends_with("] \"- - HTTP/1.1\" 400 - \"-\" \"-\"\n")) << out;
}

TEST_F(ServerTest, WritesALineForEachRequestAndOpensTheFileAnew) {
    const std::string path = testing::TempDir() + "access_log_test." + std::to_string(::getpid());
    const auto lines = [](const std::string& name) {
        std::ifstream file(name);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    };
    AccessLog log(path, "%(m)s %(U)s %(s)s %(B)s");
    ServerOptions options;
    options.access_log = [&](const AccessRecord& record) { log.write(record); };
    options.on_thread_stop = [&] { log.flush(); };
    start(hello, std::move(options));
    Client client(port_);
    client.send(std::string(kGet) + std::string(kGet));
    client.read_response();
    client.read_response();
    exchange("BAD\r\n\r\n");
    for (int i = 0; i < 1000 && !contains(lines(path), "400"); ++i) ::usleep(5000);
    EXPECT_EQ(lines(path), "GET /x 200 5\nGET /x 200 5\n- - 400 0\n");
    std::rename(path.c_str(), (path + ".1").c_str());
    log.reopen();
    exchange(kGetClose);
    stop();
    EXPECT_EQ(lines(path), "GET /x 200 5\n");
    ::unlink(path.c_str());
    ::unlink((path + ".1").c_str());
}

}  // namespace
}  // namespace nuages::server

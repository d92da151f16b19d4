// The security checklist, as far as requests and responses answer for it; each test has its number.
#include <nuages/http/json.hpp>
#include <nuages/http/media_type.hpp>
#include <nuages/http/multipart.hpp>
#include <nuages/http/request_builder.hpp>
#include <nuages/http/streaming.hpp>
#include <nuages/http/temporary_file.hpp>
#include <nuages/utils/http.hpp>
#include <nuages/utils/value.hpp>

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstring>
#include <string>
#include <vector>

namespace nuages::http {
namespace {

std::string repeated(std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

std::string head_of(const Response& response) {
    std::string out;
    response.append_headers(out);
    return out;
}

TEST(Security24, AThousandFieldsAreTheMostOfAQueryAndAForm) {
    const std::string thousand = repeated("a=1&", 999) + "b=2", more = thousand + "&c=3";
    RequestBuilder query("GET", "/?" + thousand);
    EXPECT_EQ(query.request().GET["b"], "2");
    RequestBuilder large("GET", "/?" + more);
    EXPECT_THROW(large.request().GET["b"], TooManyFieldsSent);
    RequestBuilder form("POST", "/");
    EXPECT_EQ(form.body(thousand, "application/x-www-form-urlencoded").request().POST["b"], "2");
    RequestBuilder too_large("POST", "/");
    EXPECT_THROW(too_large.body(more, "application/x-www-form-urlencoded").request().POST["b"], TooManyFieldsSent);
    std::string parts;
    for (int i = 0; i < 1003; ++i) parts += "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
    RequestBuilder multipart("POST", "/");
    EXPECT_THROW(multipart.body(parts + "--B--", "multipart/form-data; boundary=B").request().POST["a"], TooManyFieldsSent);
}

TEST(Security24, ManyMembersOfOneNameAreNoAttack) {
    std::string json = "{", cookies;
    for (int i = 0; i < 100'000; ++i) json += "\"same\":" + std::to_string(i) + ",";
    json += "\"last\":1}";
    const RequestOptions options{.allowed_hosts = {"*"}, .data_upload_max_memory_size = 10'000'000};
    RequestBuilder builder("POST", "/");
    const Value parsed = builder.options(options).body(json, "application/json").request().json();
    EXPECT_EQ(parsed.size(), 2);
    EXPECT_EQ(parsed.get("same").as_integer(), 99'999);
}

TEST(Security25, JsonHasADepth) {
    for (const std::string& text : {std::string(100'000, '['), repeated("{\"a\":", 100'000), repeated("[{\"a\":", 50'000)}) {
        RequestBuilder builder("POST", "/");
        EXPECT_THROW(builder.body(text, "application/json").request().json(), BadRequest);
    }
    const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    RequestBuilder deepest("POST", "/"), deeper("POST", "/");
    EXPECT_NO_THROW(deepest.body(nested(64), "application/json").request().json());
    EXPECT_THROW(deeper.body(nested(65), "application/json").request().json(), BadRequest);
}

TEST(Security26, CutOffEscapesOfAQueryStayAsTheyAre) {
    for (const auto& [query, value] : {std::pair{"a=%", "%"}, {"a=%z", "%z"}, {"a=%zz", "%zz"}, {"a=%4", "%4"}, {"a=1;b=2", "1;b=2"},
                                       {"a=%41%", "A%"}, {"a=%00", nullptr}, {"a=%%41", "%A"}, {"a=", ""}, {"a", ""}}) {
        // The text lies at the end of its own memory, where reading on is seen.
        const std::vector<char> exact(query, query + std::strlen(query));
        const QueryDict dict(std::string_view(exact.data(), exact.size()));
        EXPECT_EQ(dict["a"], value ? std::string(value) : std::string(1, '\0')) << query;
        EXPECT_EQ(dict.size(), 1u) << query;
    }
    EXPECT_TRUE(QueryDict(std::string(999, '&')).empty());
    EXPECT_THROW(QueryDict(std::string(10'000, '&')), TooManyFieldsSent);
    const QueryDict brackets("a[b][c]=1&a[" + std::string(5'000, '[') + "=2&a[]=3");
    EXPECT_EQ(brackets["a[b][c]"], "1");
    EXPECT_EQ(brackets["a[]"], "3");
    for (const char* path : {"/%", "/%4", "/%zz", "/%C3", "/%C3%"}) EXPECT_EQ(RequestBuilder("GET", path).request().path[0], '/');
}

TEST(Security27, SeparatorsInsideQuotesOfAHeaderTakeLinearTime) {
    for (const char* separator : {";", ",", "\\\"", "=", "; a=", "\",\""}) {
        const std::string many = repeated(separator, 30'000);
        RequestBuilder builder;
        builder.header("Accept", "text/html; x=\"" + many + "\", application/json");
        builder.header("Content-Type", "text/plain; charset=\"" + many);
        (void)builder.request().accepts("application/json");
        EXPECT_EQ(builder.request().content_type(), "text/plain") << separator;
        EXPECT_TRUE(builder.request().content_params().empty()) << separator;
    }
    RequestBuilder types;
    types.header("Accept", repeated("text/html;q=0.1,", 20'000));
    EXPECT_LE(types.request().accepted_types().size(), 100u);
    EXPECT_TRUE(types.request().accepts("text/html"));
}

TEST(Security33, NothingThatAViewIsGivenBreaksALineOfTheResponse) {
    const std::string breaks[] = {"a\r\nX: y", "a\rb", "a\nb", std::string("a\0b", 3)};
    for (const std::string& text : breaks) {
        Response response;
        EXPECT_THROW(response["X-A"] = text, BadHeaderError);
        EXPECT_THROW(response.append("X-A", text), BadHeaderError);
        EXPECT_THROW(response.setdefault("X-A", text), BadHeaderError);
        EXPECT_THROW(response.set(text, "b"), BadHeaderError);
        EXPECT_THROW(response.set_reason(text), BadHeaderError);
        EXPECT_THROW(response.set_content_type("text/html" + text), BadHeaderError);
        EXPECT_THROW(Response("x", "text/html" + text), BadHeaderError);
        EXPECT_THROW(response.set_cookie(text, "b"), BadHeaderError);
        EXPECT_THROW(response.set_cookie("a", "b", {.path = "/" + text}), BadHeaderError);
        EXPECT_THROW(response.set_cookie("a", "b", {.domain = text}), BadHeaderError);
        EXPECT_THROW(response.set_cookie("a", "b", {.samesite = "lax" + text}), BadHeaderError);
        EXPECT_THROW(response.delete_cookie("a", "/", text), BadHeaderError);
        response.set_cookie("a", text);  // any value: it is escaped
        for (const Response& redirect : {HttpResponseRedirect("/" + text), HttpResponsePermanentRedirect("/?" + text)})
            EXPECT_EQ(std::string(redirect["Location"]).find_first_of(std::string("\r\n\0", 3)), std::string::npos);
        const std::string head = head_of(response);
        EXPECT_EQ(head.find(text), std::string::npos);
        EXPECT_EQ(head.find("\nX:"), std::string::npos);
    }
}

TEST(Security33, NothingOfAnEventBreaksItsLines) {
    for (const char* text : {"a\nb", "a\rb"}) {
        const auto sent = [&](const ServerEvent& event) {
            return body_of(EventStreamResponse([&](EventStream& events) { events.send(event); }));
        };
        EXPECT_THROW(sent({.data = "x", .event = text}), BadHeaderError);
        EXPECT_THROW(sent({.data = "x", .id = text}), BadHeaderError);
        EXPECT_EQ(sent({.data = text}), "data: a\ndata: b\n\n");
    }
}

TEST(Security34, TheHostIsCheckedBeforeAnyUrlIsMadeOfIt) {
    for (const bool debug : {false, true}) {
        const RequestOptions options{.allowed_hosts = {"example.com"}, .debug = debug};
        for (const char* host : {"evil.com", "example.com.evil.com", "evil.com:80", "example.com@evil.com", "example.com:80@evil.com",
                                 "[::1", "example.com/evil", "example.com?evil", "exa mple.com", "localhost", ""}) {
            RequestBuilder builder;
            builder.options(options).header("Host", host);
            EXPECT_THROW(builder.request().get_host(), DisallowedHost) << host;
            EXPECT_THROW(builder.request().build_absolute_uri(), DisallowedHost) << host;
            EXPECT_THROW(builder.request().build_absolute_uri("/reset/?token=1"), DisallowedHost) << host;
        }
        RequestBuilder forwarded;
        forwarded.options(options).header("Host", "example.com").header("X-Forwarded-Host", "evil.com");
        EXPECT_EQ(forwarded.request().get_host(), "example.com");
    }
    // With debug and no list of hosts, this machine alone.
    const RequestOptions debug{.debug = true};
    RequestBuilder evil, local;
    EXPECT_THROW(evil.options(debug).header("Host", "evil.com").request().get_host(), DisallowedHost);
    EXPECT_EQ(local.options(debug).header("Host", "127.0.0.1:8000").request().get_host(), "127.0.0.1:8000");
}

TEST(Security35, ARedirectLeadsToNoOtherSiteUnlessTheViewSaysSo) {
    for (const char* next : {"//evil.com", "///evil", "////evil", "\\\\evil", "/\\evil", "http:evil", "http:///evil", "javascript:alert(1)",
                             " https://evil", "\thttps://evil", "http:999999999", "https:evil.com", "ftp://example.com", "http://[::1",
                             "http://example.com@evil.com", "http://example.com\\@evil.com", "\x08//example.com", ""})
        EXPECT_FALSE(utils::url_has_allowed_host_and_scheme(next, {"example.com"})) << next;
    for (const char* next : {"/a/", "a/?next=http://evil.com", "http://example.com/", "//example.com/x"})
        EXPECT_TRUE(utils::url_has_allowed_host_and_scheme(next, {"example.com"})) << next;
    EXPECT_FALSE(utils::url_has_allowed_host_and_scheme("http://example.com/", {"example.com"}, true));
    for (const char* url : {"javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x"})
        EXPECT_THROW(HttpResponseRedirect(url), DisallowedRedirect) << url;
    EXPECT_EQ(utils::escape_leading_slashes("//evil.com/"), "/%2Fevil.com/");
}

TEST(Security36, OnlyTheConfiguredHeaderMakesARequestSecure) {
    RequestBuilder plain;
    plain.header("X-Forwarded-Proto", "https").header("X-Forwarded-Ssl", "on").header("Forwarded", "proto=https");
    EXPECT_FALSE(plain.request().is_secure());
    const RequestOptions options{.allowed_hosts = {"*"}, .secure_proxy_header = "X-Forwarded-Proto", .secure_proxy_value = "https"};
    RequestBuilder secure, insecure, other, first;
    EXPECT_TRUE(secure.options(options).header("X-Forwarded-Proto", "https").request().is_secure());
    EXPECT_FALSE(insecure.options(options).header("X-Forwarded-Proto", "http").secure().request().is_secure());
    EXPECT_FALSE(other.options(options).header("X-Forwarded-Ssl", "on").request().is_secure());
    EXPECT_FALSE(first.options(options).header("X-Forwarded-Proto", "http, https").request().is_secure());
}

TEST(Security41, AFileNameStaysInsideItsHeader) {
    for (const auto& [name, header] :
         {std::pair{"a.txt", R"(attachment; filename="a.txt")"},
          {"a\".bat", R"(attachment; filename="a\".bat")"},
          {"a;b.bat", R"(attachment; filename="a;b.bat")"},
          {"a\\\".bat", R"(attachment; filename="a\\\".bat")"},
          {"50%.txt", R"(attachment; filename="50%.txt")"},
          {"a\r\nX: y.bat", "attachment; filename*=utf-8''a%0D%0AX%3A%20y.bat"},
          {"\xc3\xa9\".txt", "attachment; filename*=utf-8''%C3%A9%22.txt"}})
        EXPECT_EQ(utils::content_disposition_header(true, name), header);
}

TEST(Security46, SeveralFilesOfOneNameAreAllThere) {
    std::string body;
    for (const char* name : {"good.txt", "evil.exe", "last.txt"})
        body.append("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"").append(name).append("\"\r\n\r\nx\r\n");
    RequestBuilder builder("POST", "/");
    const Request& request = builder.body(body + "--B--", "multipart/form-data; boundary=B").request();
    std::string names;
    for (const UploadedFile& file : request.FILES.getlist("file")) names += file.name + " ";
    EXPECT_EQ(names, "good.txt evil.exe last.txt ");
    EXPECT_EQ(request.FILES["file"].name, "last.txt");
}

TEST(Security51, TemporaryFilesAreTheUsersAloneWhateverTheUmask) {
    const mode_t former = ::umask(0);
    const auto file = make_ref<TemporaryFile>(testing::TempDir(), TemporaryFile::Kind::named);
    struct stat about {};
    ASSERT_EQ(::stat(file->path().c_str(), &about), 0);
    ::umask(former);
    EXPECT_EQ(about.st_mode & 0777, 0600u);
}

}  // namespace
}  // namespace nuages::http

#include <nuages/http/response.hpp>

#include <gtest/gtest.h>

#include <unistd.h>
#include <fstream>
#include <string>
#include <vector>

namespace nuages::http {
namespace {

std::string head_of(const Response& response) {
    std::string out;
    response.append_headers(out);
    return out;
}

TEST(Response, FieldsAreReplacedWhateverTheirCase) {
    Response response("x");
    response["X-Frame-Options"] = "DENY";
    response["x-frame-options"] = "SAMEORIGIN";
    response.append("Link", "a");
    response.append("Link", "b");
    EXPECT_EQ(response["X-Frame-Options"], "SAMEORIGIN");
    EXPECT_EQ(head_of(response),
              "Content-Type: text/html; charset=utf-8\r\nx-frame-options: SAMEORIGIN\r\nLink: a\r\nLink: b\r\n");
    response["Content-Type"] = "text/x-own";
    EXPECT_EQ(response.content_type(), "text/x-own");
    response.remove("link");
    EXPECT_FALSE(response.has_header("Link"));
}

TEST(Response, TakesItsOwnFieldsAsNamesAndValues) {
    const std::string value = "a value that is longer than a small string, by a good bit";
    Response response;
    response.set("X-A", value);
    response.append("X-B", response["X-A"]);
    response.setdefault("X-C", response["X-B"]);
    response["X-D"] = response["X-C"];
    for (int i = 0; i < 8; ++i) response.append("X-Many", response["X-D"]);
    for (std::string_view name : {"X-A", "X-B", "X-C", "X-D", "X-Many"}) EXPECT_EQ(response.get(name), value) << name;

    const auto name_in_block = [&](std::string_view wanted) {
        std::string_view found;
        response.for_each_header([&](std::string_view name, std::string_view) {
            if (name == wanted) found = name;
        });
        return found;
    };
    response.append(name_in_block("X-A"), "second");
    EXPECT_EQ(head_of(response).find("X-A: second\r\n"), head_of(response).size() - 13);
    response.remove(name_in_block("X-Many"));
    EXPECT_FALSE(response.has_header("X-Many"));
    response.set(name_in_block("X-A"), response["X-B"]);
    EXPECT_EQ(head_of(response), "Content-Type: text/html; charset=utf-8\r\nX-B: " + value + "\r\nX-C: " + value +
                                     "\r\nX-D: " + value + "\r\nX-A: " + value + "\r\n");
    response["Content-Type"] = "text/x-own-type-of-some-length";
    response["Content-Type"] = response["Content-Type"];
    EXPECT_EQ(response.content_type(), "text/x-own-type-of-some-length");
}

TEST(Response, TakesItsOwnValuesWhereverTheBlockHasToGrow) {
    for (std::size_t size = 1; size < 300; ++size) {
        const std::string value(size, 'v');
        Response response;
        response.set("X-A", value);
        response.append("X-Name-Of-Some-Length", response["X-A"]);
        ASSERT_EQ(response["X-Name-Of-Some-Length"], value);
        response.setdefault("X-Another-Name-Of-Some-Length", response["X-A"]);
        ASSERT_EQ(response["X-Another-Name-Of-Some-Length"], value);
    }
}

TEST(Response, DeletesItsOwnCookiesByTheirNames) {
    Response response;
    response.set_cookie("a-name-that-is-longer-than-a-small-string", "x");
    response.set_cookie("short", "y");
    for (const Cookie& cookie : response.cookies()) response.delete_cookie(cookie.name);
    for (const Cookie& cookie : response.cookies()) EXPECT_EQ(cookie.expires, "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(response.cookies().size(), 2u);
}

TEST(Response, RedirectsOnlyToHarmlessSchemes) {
    EXPECT_EQ(HttpResponseRedirect("/a b/é")["Location"], "/a%20b/%C3%A9");
    EXPECT_EQ(HttpResponsePermanentRedirect("https://example.com/").status_code, 301);
    EXPECT_EQ(HttpResponseRedirect("/", true).status_code, 307);
    for (const char* url : {"javascript:alert(1)", "data:text/html,x", "mailto:a@b.c", "file:///etc/passwd"})
        EXPECT_THROW(HttpResponseRedirect(url), DisallowedRedirect) << url;
    EXPECT_EQ(HttpResponseRedirect("/a\r\nX: y")["Location"], "/a%0D%0AX:%20y");
}

TEST(Response, KnowsItsReason) {
    EXPECT_EQ(Response({}, {.status = 404}).reason_phrase(), "Not Found");
    EXPECT_EQ(status_line(200), "HTTP/1.1 200 OK\r\n");
    EXPECT_EQ(HttpResponseNotAllowed({"GET", "HEAD"})["Allow"], "GET, HEAD");
}

TEST(Response, SendsAFileWithItsTypeAndName) {
    const std::string path = testing::TempDir() + "nuages_file_response.css";
    std::ofstream(path) << "body {}";
    const Response response = FileResponse(path, {.as_attachment = true, .filename = "a\"b.css"});
    EXPECT_EQ(response.content_type(), "text/css");
    EXPECT_EQ(response.content_length(), 7u);
    EXPECT_EQ(response["Content-Disposition"], "attachment; filename=\"a\\\"b.css\"");
    EXPECT_THROW(FileResponse(path + ".absent"), Http404);
    EXPECT_THROW(FileResponse(testing::TempDir()), Http404);
    unlink(path.c_str());
}

TEST(Response, IsWrittenAsAFile) {
    Response response("a");
    response.write("b");
    response.writelines(std::vector<std::string>{"c\n", "d"});
    EXPECT_EQ(response.getvalue(), "abc\nd");
    EXPECT_EQ(response.tell(), 5u);
}

TEST(Response, KnowsItsCharset) {
    EXPECT_EQ(Response("x").charset(), "utf-8");
    EXPECT_EQ(Response("x", "text/plain; format=flowed; Charset=\"iso-8859-1\"").charset(), "iso-8859-1");
    EXPECT_EQ(Response("x", "application/json").charset(), "utf-8");
}

}  // namespace
}  // namespace nuages::http

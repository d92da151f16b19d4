// Whatever a Range header says, what it asks for lies inside, and is no more than there is. The response made of it, of
// memory and of a file alike, holds exactly the bytes that its Content-Range fields name.
#include <nuages/http/range.hpp>
#include <nuages/http/request.hpp>
#include <nuages/http/streaming.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace nuages;

void check_parser(std::string_view header, std::uint64_t length) {
    const auto ranges = http::parse_range(header, length);
    if (!ranges) return;
    std::uint64_t total = 0;
    if (ranges->size() > 16) std::abort();
    for (const auto& range : *ranges) {
        if (range.begin >= range.end || range.end > length) std::abort();
        total += range.end - range.begin;
    }
    if (total > length) std::abort();
}

std::string content_of(std::size_t size) {
    std::string content;
    for (std::size_t i = 0; i < size; ++i) content += static_cast<char>('a' + i % 23);
    return content;
}

Ref<http::FileBody> file_of(const std::string& content) {
    const int descriptor = ::memfd_create("range", MFD_CLOEXEC);
    if (descriptor < 0 || ::write(descriptor, content.data(), content.size()) != static_cast<ssize_t>(content.size())) std::abort();
    return make_ref<http::FileBody>(descriptor, 0, content.size());
}

/// "bytes 3-7/20" against PART of CONTENT.
void check_part(std::string_view content_range, std::string_view part, std::string_view content) {
    std::size_t first = 0, last = 0, size = 0;
    const char* at = content_range.data() + 6;
    const char* const end = content_range.data() + content_range.size();
    at = std::from_chars(at, end, first).ptr + 1;
    at = std::from_chars(at, end, last).ptr + 1;
    std::from_chars(at, end, size);
    if (!content_range.starts_with("bytes ") || size != content.size() || last < first || last >= size) std::abort();
    if (part != content.substr(first, last - first + 1)) std::abort();
}

void check_several(std::string_view type, std::string_view body, std::string_view content) {
    const std::string_view boundary = type.substr(type.find("boundary=") + 9);
    const std::string separator = "\r\n--" + std::string(boundary);
    std::size_t parts = 0;
    for (;;) {
        if (!body.starts_with(separator)) std::abort();
        body.remove_prefix(separator.size());
        if (body == "--\r\n") break;
        const std::size_t field = body.find("Content-Range: "), head = body.find("\r\n\r\n");
        const std::size_t next = body.find(separator, head);
        if (field > head || next == body.npos || ++parts > 16) std::abort();
        const std::string_view range = body.substr(field + 15, body.find("\r\n", field) - field - 15);
        check_part(range, body.substr(head + 4, next - head - 4), content);
        body.remove_prefix(next);
    }
    if (parts < 2) std::abort();
}

void check_response(const http::Request& request, http::Response given, const std::string& content) {
    const http::Response response = http::ranged_response(request, std::move(given));
    std::string body;
    if (response.is_file()) {
        body.resize(response.file()->size());
        if (::pread(response.file()->descriptor(), body.data(), body.size(), static_cast<off_t>(response.file()->offset())) !=
            static_cast<ssize_t>(body.size()))
            std::abort();
    } else {
        body = http::body_of(response);
    }
    const std::string_view type = response.content_type();
    if (response.status_code == 200) {
        if (body != content) std::abort();
    } else if (response.status_code == 416) {
        if (!body.empty() || response["Content-Range"] != "bytes */" + std::to_string(content.size())) std::abort();
    } else if (response.status_code != 206) {
        std::abort();
    } else if (type.starts_with("multipart/byteranges")) {
        if (response.streaming() && response["Content-Length"] != std::to_string(body.size())) std::abort();
        check_several(type, body, content);
    } else {
        check_part(response["Content-Range"], body, content);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    const std::string_view header = text.substr(0, text.find('\n'));
    check_parser(header, data[0] == 255 ? ~std::uint64_t{0} >> 1 : data[0]);

    const std::string content = content_of(data[0]);
    const std::string_view condition = header.size() < text.size() ? text.substr(header.size() + 1) : std::string_view{};
    const http::HeaderView headers[] = {{"Range", header}, {"If-Range", condition}};
    http::Request request;
    request.assign({.method = "GET", .target = "/", .headers = {headers, condition.empty() ? 1u : 2u}});
    http::Response memory(content), file;
    memory.set("Accept-Ranges", "bytes");
    file.set_file(file_of(content));
    for (http::Response* each : {&memory, &file}) {
        each->set("ETag", "\"a\"");
        each->set("Last-Modified", "Mon, 09 Mar 2026 13:05:09 GMT");
        check_response(request, std::move(*each), content);
    }
    return 0;
}

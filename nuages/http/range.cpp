#include <nuages/http/range.hpp>

#include <nuages/base/error.hpp>
#include <nuages/http/request.hpp>
#include <nuages/http/streaming.hpp>
#include <nuages/utils/crypto.hpp>
#include <nuages/utils/http.hpp>

#include <unistd.h>

#include <algorithm>
#include <string>

namespace nuages::http {
namespace {

constexpr std::size_t kRangesMax = 16;
constexpr std::size_t kHeaderMax = 1024;
constexpr std::size_t kPiece = 64 * 1024;  // of a file, read at once

std::string_view strip(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// A number past 2^63 stands for one that is larger than every file.
std::optional<std::uint64_t> number(std::string_view digits) {
    constexpr std::uint64_t kMax = std::uint64_t{1} << 63;
    if (digits.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value > kMax / 16 ? kMax : value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
}

// One of "0-99", "100-", "-50". False when it is malformed; RANGE stays empty when it lies outside.
bool parse_one(std::string_view text, std::uint64_t size, ByteRange& range) {
    const std::size_t dash = text.find('-');
    if (dash == text.npos) return false;
    const std::string_view last_digits = text.substr(dash + 1);
    const auto last = number(last_digits);
    if (!last && !last_digits.empty()) return false;
    if (dash == 0) {
        if (!last) return false;
        range = {size - std::min(*last, size), size};
        return true;
    }
    const auto first = number(text.substr(0, dash));
    if (!first || (last && *last < *first)) return false;
    if (*first < size) range = {*first, last ? std::min(*last + 1, size) : size};
    return true;
}

bool may_be_ranged(const Request& request, const Response& response) {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (!reads || response.status_code != 200 || response.streaming()) return false;
    return response.is_file() || response["Accept-Ranges"] == "bytes";
}

// Whether the client's parts are of this representation: a strong ETag, or the exact date (RFC 9110, 13.1.5).
bool is_if_range_met(const Request& request, const Response& response) {
    const auto condition = request.headers.find("If-Range");
    if (!condition) return true;
    if (condition->starts_with('"')) return response["ETag"] == *condition;
    if (condition->starts_with("W/")) return false;
    return !response["Last-Modified"].empty() && response["Last-Modified"] == *condition;
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
    return "bytes " + std::to_string(range.begin) + "-" + std::to_string(range.end - 1) + "/" + std::to_string(size);
}

/// Writes a part of a file.
void write_file(ResponseStream& out, const FileBody& file, const ByteRange& range) {
    std::string piece(kPiece, '\0');
    for (std::uint64_t at = range.begin; at < range.end;) {
        const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(range.end - at, kPiece));
        const ssize_t got = ::pread(file.descriptor(), piece.data(), wanted, static_cast<off_t>(file.offset() + at));
        if (got <= 0) throw Error("The file has become shorter while it was sent.");
        out.write({piece.data(), static_cast<std::size_t>(got)});
        at += static_cast<std::uint64_t>(got);
    }
}

Response several(Response response, const std::vector<ByteRange>& ranges, std::uint64_t size) {
    const std::string boundary = utils::get_random_string(24);
    std::vector<std::string> heads;
    std::uint64_t length = 0;
    for (const ByteRange& range : ranges) {
        std::string head = "\r\n--" + boundary + "\r\n";
        if (!response.content_type().empty()) head.append("Content-Type: ").append(response.content_type()).append("\r\n");
        head += "Content-Range: " + content_range(range, size) + "\r\n\r\n";
        length += head.size() + (range.end - range.begin);
        heads.push_back(std::move(head));
    }
    const std::string tail = "\r\n--" + boundary + "--\r\n";
    length += tail.size();
    response.set_content_type("multipart/byteranges; boundary=" + boundary);
    if (!response.is_file()) {
        std::string content;
        for (std::size_t i = 0; i < ranges.size(); ++i)
            content.append(heads[i]).append(response.content, ranges[i].begin, ranges[i].end - ranges[i].begin);
        response.content = content + tail;
        return response;
    }
    response.set("Content-Length", std::to_string(length));
    response.set_streaming_content(
        [file = response.file(), heads = std::move(heads), ranges, tail](ResponseStream& out) {
            for (std::size_t i = 0; i < ranges.size(); ++i) {
                out.write(heads[i]);
                write_file(out, *file, ranges[i]);
            }
            out.write(tail);
        });
    response.set_file({});
    return response;
}

}  // namespace

std::optional<std::vector<ByteRange>> parse_range(std::string_view header, std::uint64_t size) {
    const std::size_t equals = header.find('=');
    if (equals == header.npos || header.size() > kHeaderMax || !header_name_equals(strip(header.substr(0, equals)), "bytes"))
        return std::nullopt;
    std::vector<ByteRange> ranges;
    std::size_t count = 0;
    std::uint64_t total = 0;
    for (std::string_view rest = header.substr(equals + 1);;) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view one = strip(rest.substr(0, comma));
        if (!one.empty()) {
            ByteRange range;
            if (++count > kRangesMax || !parse_one(one, size, range)) return std::nullopt;
            total += range.end - range.begin;
            if (range.begin < range.end) ranges.push_back(range);
        }
        if (comma == rest.size()) break;
        rest.remove_prefix(comma + 1);
    }
    if (count == 0 || total > size) return std::nullopt;  // overlaps: more work than the whole
    return ranges;
}

Response ranged_response(const Request& request, Response response) {
    if (!may_be_ranged(request, response)) return response;
    response.setdefault("Accept-Ranges", "bytes");
    const auto header = request.headers.find("Range");
    if (!header || request.method != "GET" || response["Accept-Ranges"] != "bytes" || !is_if_range_met(request, response)) return response;
    const std::uint64_t size = response.content_length();
    const auto ranges = parse_range(*header, size);
    if (!ranges) return response;
    if (ranges->empty()) {
        Response refused({}, {.status = 416, .content_type = {}});
        refused.set("Content-Range", "bytes */" + std::to_string(size));
        return refused;
    }
    response.status_code = 206;
    if (ranges->size() > 1) return several(std::move(response), *ranges, size);
    const ByteRange range = ranges->front();
    response.set("Content-Range", content_range(range, size));
    if (response.is_file()) {
        const Ref<FileBody> file = response.file();
        response.set_file(make_ref<FileBody>(file, range.begin, range.end - range.begin));
    } else {
        response.content = response.content.substr(range.begin, range.end - range.begin);
    }
    return response;
}

}  // namespace nuages::http

#include <nuages/http/status.hpp>

namespace nuages::http {
namespace {

constexpr std::size_t kVersionSize = sizeof("HTTP/1.1 200 ") - 1;

constexpr std::string_view line_of(int status) {
    switch (status) {
#define NUAGES_STATUS(CODE, REASON) \
    case CODE: return "HTTP/1.1 " #CODE " " REASON "\r\n"
        NUAGES_STATUS(100, "Continue");
        NUAGES_STATUS(101, "Switching Protocols");
        NUAGES_STATUS(103, "Early Hints");
        NUAGES_STATUS(200, "OK");
        NUAGES_STATUS(201, "Created");
        NUAGES_STATUS(202, "Accepted");
        NUAGES_STATUS(203, "Non-Authoritative Information");
        NUAGES_STATUS(204, "No Content");
        NUAGES_STATUS(205, "Reset Content");
        NUAGES_STATUS(206, "Partial Content");
        NUAGES_STATUS(207, "Multi-Status");
        NUAGES_STATUS(208, "Already Reported");
        NUAGES_STATUS(226, "IM Used");
        NUAGES_STATUS(300, "Multiple Choices");
        NUAGES_STATUS(301, "Moved Permanently");
        NUAGES_STATUS(302, "Found");
        NUAGES_STATUS(303, "See Other");
        NUAGES_STATUS(304, "Not Modified");
        NUAGES_STATUS(305, "Use Proxy");
        NUAGES_STATUS(307, "Temporary Redirect");
        NUAGES_STATUS(308, "Permanent Redirect");
        NUAGES_STATUS(400, "Bad Request");
        NUAGES_STATUS(401, "Unauthorized");
        NUAGES_STATUS(402, "Payment Required");
        NUAGES_STATUS(403, "Forbidden");
        NUAGES_STATUS(404, "Not Found");
        NUAGES_STATUS(405, "Method Not Allowed");
        NUAGES_STATUS(406, "Not Acceptable");
        NUAGES_STATUS(407, "Proxy Authentication Required");
        NUAGES_STATUS(408, "Request Timeout");
        NUAGES_STATUS(409, "Conflict");
        NUAGES_STATUS(410, "Gone");
        NUAGES_STATUS(411, "Length Required");
        NUAGES_STATUS(412, "Precondition Failed");
        NUAGES_STATUS(413, "Content Too Large");
        NUAGES_STATUS(414, "URI Too Long");
        NUAGES_STATUS(415, "Unsupported Media Type");
        NUAGES_STATUS(416, "Range Not Satisfiable");
        NUAGES_STATUS(417, "Expectation Failed");
        NUAGES_STATUS(418, "I'm a Teapot");
        NUAGES_STATUS(421, "Misdirected Request");
        NUAGES_STATUS(422, "Unprocessable Content");
        NUAGES_STATUS(423, "Locked");
        NUAGES_STATUS(424, "Failed Dependency");
        NUAGES_STATUS(425, "Too Early");
        NUAGES_STATUS(426, "Upgrade Required");
        NUAGES_STATUS(428, "Precondition Required");
        NUAGES_STATUS(429, "Too Many Requests");
        NUAGES_STATUS(431, "Request Header Fields Too Large");
        NUAGES_STATUS(451, "Unavailable For Legal Reasons");
        NUAGES_STATUS(500, "Internal Server Error");
        NUAGES_STATUS(501, "Not Implemented");
        NUAGES_STATUS(502, "Bad Gateway");
        NUAGES_STATUS(503, "Service Unavailable");
        NUAGES_STATUS(504, "Gateway Timeout");
        NUAGES_STATUS(505, "HTTP Version Not Supported");
        NUAGES_STATUS(506, "Variant Also Negotiates");
        NUAGES_STATUS(507, "Insufficient Storage");
        NUAGES_STATUS(508, "Loop Detected");
        NUAGES_STATUS(510, "Not Extended");
        NUAGES_STATUS(511, "Network Authentication Required");
#undef NUAGES_STATUS
        default: return {};
    }
}

}  // namespace

std::string_view status_line(int status) { return line_of(status); }

std::string_view status_reason(int status) {
    const std::string_view line = line_of(status);
    if (line.empty()) return "Unknown Status Code";
    return line.substr(kVersionSize, line.size() - kVersionSize - 2);
}

}  // namespace nuages::http

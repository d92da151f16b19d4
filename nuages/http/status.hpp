// Status codes and their usual reason phrases (RFC 9110, section 15).
#pragma once

#include <string_view>

namespace nuages::http {

/// "Not Found" for 404; "Unknown Status Code" for one that has no phrase.
std::string_view status_reason(int status);

/// "HTTP/1.1 404 Not Found\r\n" for a known status; empty otherwise.
std::string_view status_line(int status);

}  // namespace nuages::http

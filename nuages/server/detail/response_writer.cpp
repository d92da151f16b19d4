#include <nuages/server/detail/response_writer.hpp>

#include <nuages/base/error.hpp>
#include <nuages/server/detail/octets.hpp>

#include <charconv>
#include <optional>

namespace nuages::server::detail {

namespace {

void append_number(std::string& out, std::uint64_t number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

void append_status_line(std::string& out, int status, std::string_view reason) {
    const std::string_view known = http::status_line(status);
    if (!known.empty() && reason == http::status_reason(status)) {
        out += known;
        return;
    }
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::uint64_t>(status));
    out += ' ';
    out += reason;
    out += "\r\n";
}

// Fields of a view that the server must know of or write itself.
struct OwnFields {
    bool any_framing = false;
    bool has_date = false;
    bool has_server = false;
    bool has_upgrade = false;
    bool asks_close = false;
    std::optional<std::string_view> content_length;

    /// The view's Content-Length, if it is a number.
    std::optional<std::uint64_t> length() const {
        if (!content_length) return std::nullopt;
        std::uint64_t named = 0;
        const char* end = content_length->data() + content_length->size();
        const auto [stop, error] = std::from_chars(content_length->data(), end, named);
        if (error != std::errc() || stop != end) return std::nullopt;
        return named;
    }
};

bool is_framing(std::string_view name) {
    switch (name.size()) {
        case 10: return equals_ignoring_case(name, "connection") || equals_ignoring_case(name, "keep-alive");
        case 14: return equals_ignoring_case(name, "content-length");
        case 17: return equals_ignoring_case(name, "transfer-encoding");
        default: return false;
    }
}

OwnFields look_at_fields(const http::Response& response) {
    OwnFields own;
    response.for_each_header([&](std::string_view name, std::string_view value) {
        if (name.size() == 4 && equals_ignoring_case(name, "date")) own.has_date = true;
        if (name.size() == 6 && equals_ignoring_case(name, "server")) own.has_server = true;
        if (name.size() == 7 && equals_ignoring_case(name, "upgrade")) own.has_upgrade = true;
        if (!is_framing(name)) return;
        own.any_framing = true;
        if (name.size() == 14) own.content_length = value;
        if (name.size() == 10 && http::list_contains(value, "close")) own.asks_close = true;
    });
    return own;
}

// Takes the framing fields out of the header lines in OUT from BEGIN on.
void erase_framing(std::string& out, std::size_t begin) {
    while (begin < out.size()) {
        const std::size_t end = out.find("\r\n", begin) + 2;
        const std::string_view line = std::string_view(out).substr(begin, end - begin);
        if (is_framing(line.substr(0, line.find(':')))) {
            out.erase(begin, end - begin);
        } else {
            begin = end;
        }
    }
}

void append_length(std::string& out, std::uint64_t length) {
    out += "Content-Length: ";
    append_number(out, length);
    out += "\r\n";
}

void append_framing(std::string& out, const http::Response& response, const MessageFrame& frame, const OwnFields& own,
                    SentHead& head) {
    if (is_bodiless(response.status_code)) return;
    if (response.streaming()) {
        if (const auto length = own.length()) {
            head.length = *length;
            append_length(out, *length);
        } else if (frame.minor_version == 0) {
            head.framing = Framing::close;
            head.keep_alive = head.keep_alive && frame.is_head;
        } else {
            head.framing = Framing::chunks;
            out += "Transfer-Encoding: chunked\r\n";
        }
        return;
    }
    std::uint64_t length = response.status_code == 205 ? 0 : response.content_length();
    // A view that answers HEAD itself may know the length without the content.
    if (frame.is_head && length == 0) length = own.length().value_or(0);
    append_length(out, length);
}

}  // namespace

std::vector<OwnHeader> read_headers(const std::vector<std::string>& lines) {
    std::vector<OwnHeader> headers;
    for (const std::string& line : lines) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) throw Error("\"" + line + "\" is no header: expected \"Name: value\".");
        const std::string name = line.substr(0, colon);
        const std::string value(trim(std::string_view(line).substr(colon + 1)));
        try {
            http::check_header(name, value);
        } catch (const http::BadHeaderError& error) {
            throw Error("\"" + line + "\" is no header: " + error.message());
        }
        if (is_framing(name) || equals_ignoring_case(name, "date") || equals_ignoring_case(name, "content-type"))
            throw Error("The header " + name + " is written with each response as it needs it, not for all of them.");
        headers.push_back({name, name + ": " + value + "\r\n"});
    }
    return headers;
}

SentHead append_head(std::string& out, const http::Response& response, const MessageFrame& frame) {
    const OwnFields own = look_at_fields(response);
    append_status_line(out, response.status_code, response.reason_phrase());
    if (!own.has_server) out += frame.server_line;
    if (!own.has_date) out += frame.date_line;
    if (frame.headers) {
        for (const OwnHeader& header : *frame.headers)
            if (!response.has_header(header.name)) out += header.line;
    }
    const std::size_t fields = out.size();
    response.append_headers(out);
    if (own.any_framing) erase_framing(out, fields);
    SentHead head{.keep_alive = frame.keep_alive && !own.asks_close};
    append_framing(out, response, frame, own, head);
    // Who names protocols to change to says so for this connection alone (RFC 9110, 7.8).
    if (response.upgrade() || (own.has_upgrade && head.keep_alive && frame.minor_version == 1)) {
        out += "Connection: Upgrade\r\n";
    } else if (!head.keep_alive) {
        out += own.has_upgrade ? "Connection: Upgrade, close\r\n" : "Connection: close\r\n";
    } else if (frame.minor_version == 0) {
        out += "Connection: keep-alive\r\n";
    }
    out += "\r\n";
    return head;
}

void append_chunk(std::string& out, std::string_view data) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, data.size(), 16).ptr;
    out.append(digits, end).append("\r\n").append(data).append("\r\n");
}

void append_last_chunk(std::string& out, std::string_view trailers) {
    out.append("0\r\n").append(trailers).append("\r\n");
}

void append_error(std::string& out, int status, std::string_view text, const MessageFrame& frame) {
    append_status_line(out, status, http::status_reason(status));
    out += frame.server_line;
    out += frame.date_line;
    if (frame.headers) {
        for (const OwnHeader& header : *frame.headers) out += header.line;
    }
    out += "Content-Type: text/plain; charset=utf-8\r\nContent-Length: ";
    append_number(out, text.size() + 1);
    out += "\r\nConnection: close\r\n\r\n";
    if (frame.is_head) return;
    out += text;
    out += '\n';
}

}  // namespace nuages::server::detail

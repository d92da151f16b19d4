#include <nuages/server/access_log.hpp>

#include <nuages/async/asio.hpp>
#include <nuages/base/error.hpp>
#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>
#include <nuages/utils/base64.hpp>

#include <boost/asio/post.hpp>

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace nuages::server {

namespace {

constexpr std::string_view kAtoms = "hlutrmUqHsBbfaTDMLp";
constexpr char kRequestHeader = 'i';
constexpr char kResponseHeader = 'o';
constexpr char kVariable = 'e';
constexpr std::size_t kGatheredMax = 64 * 1024;  // bytes, then they are written in the middle of a turn

template <class Number> void append_number(std::string& out, Number number) {
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// As Apache's logs and JSON strings both understand it.
void append_escaped(std::string& out, std::string_view text, bool is_json) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            static constexpr char kHex[] = "0123456789abcdef";
            out += is_json ? "\\u00" : "\\x";
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        } else {
            out += c;
        }
    }
}

void append_field(std::string& out, std::string_view text) {
    if (text.empty()) out += '-';
    else append_escaped(out, text, false);
}

// "[09/Mar/2026:13:05:09 +0000]" and "2026-03-09T13:05:09+0000", made once a second.
struct TimeTexts {
    time_t second = -1;
    std::string common;
    std::string iso;

    void update() {
        const time_t now = ::time(nullptr);
        if (now == second) return;
        second = now;
        tm parts{};
        ::localtime_r(&now, &parts);
        char text[64];
        common.assign(text, ::strftime(text, sizeof text, "[%d/%b/%Y:%H:%M:%S %z]", &parts));
        iso.assign(text, ::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", &parts));
    }
};

TimeTexts& time_texts() {
    thread_local TimeTexts texts;
    texts.update();
    return texts;
}

std::string_view header_of(const AccessRecord& record, std::string_view name) {
    return record.request_headers ? (*record.request_headers)[name] : std::string_view{};
}

std::string_view path_of(const AccessRecord& record) { return record.target.substr(0, record.target.find('?')); }

std::string_view query_of(const AccessRecord& record) {
    const std::size_t mark = record.target.find('?');
    return mark == record.target.npos ? std::string_view{} : record.target.substr(mark + 1);
}

std::string protocol_of(const AccessRecord& record) { return "HTTP/1." + std::to_string(record.minor_version); }

std::string user_of(const AccessRecord& record) {
    std::string_view value = header_of(record, "Authorization");
    constexpr std::string_view kBasic = "basic ";
    const bool is_basic = value.size() > kBasic.size() && std::equal(kBasic.begin(), kBasic.end(), value.begin(),
                                                                     [](char a, char b) { return a == (b | 0x20); });
    if (!is_basic) return {};
    const auto decoded = utils::base64_decode(value.substr(kBasic.size()));
    return decoded ? decoded->substr(0, decoded->find(':')) : std::string();
}

// The names of WSGI's environ that mean something here.
std::string variable_of(const AccessRecord& record, std::string_view name) {
    if (name == "REQUEST_METHOD") return std::string(record.method);
    if (name == "PATH_INFO" || name == "RAW_URI") return std::string(name == "RAW_URI" ? record.target : path_of(record));
    if (name == "QUERY_STRING") return std::string(query_of(record));
    if (name == "REMOTE_ADDR") return std::string(record.remote_address);
    if (name == "REMOTE_PORT") return std::to_string(record.remote_port);
    if (name == "SERVER_PROTOCOL") return protocol_of(record);
    if (name == "wsgi.url_scheme") return record.is_tls ? "https" : "http";
    if (name == "CONTENT_TYPE" || name == "CONTENT_LENGTH") return std::string(header_of(record, name));
    if (name == "SERVER_NAME" && record.request) return std::string(record.request->head().server_name);
    if (name == "SERVER_PORT" && record.request) return std::to_string(record.request->head().server_port);
    if (name.starts_with("HTTP_")) return std::string(header_of(record, name.substr(5)));
    return {};
}

void append_json_member(std::string& out, std::string_view name, std::string_view value) {
    out += out.empty() || out.back() == '{' ? "\"" : ",\"";
    out += name;
    out += "\":\"";
    append_escaped(out, value, true);
    out += '"';
}

template <class Number> void append_json_number(std::string& out, std::string_view name, Number value) {
    out += ",\"";
    out += name;
    out += "\":";
    append_number(out, value);
}

void append_json(std::string& out, const AccessRecord& record) {
    const std::size_t begin = out.size();
    out += '{';
    append_json_member(out, "time", time_texts().iso);
    append_json_member(out, "remote_addr", record.remote_address);
    append_json_member(out, "scheme", record.is_tls ? "https" : "http");
    append_json_member(out, "host", header_of(record, "Host"));
    append_json_member(out, "method", record.method);
    append_json_member(out, "path", path_of(record));
    append_json_member(out, "query", query_of(record));
    append_json_member(out, "protocol", protocol_of(record));
    append_json_number(out, "status", record.status);
    append_json_number(out, "bytes", record.body_bytes);
    append_json_number(out, "duration_us", record.duration.microseconds);
    append_json_member(out, "referer", header_of(record, "Referer"));
    append_json_member(out, "user_agent", header_of(record, "User-Agent"));
    append_json_number(out, "pid", ::getpid());
    out += "}\n";
    // A client may send what is no UTF-8, which no JSON is made of.
    for (std::size_t i = begin; i < out.size(); ++i)
        if (static_cast<unsigned char>(out[i]) >= 0x80) out[i] = '?';
}

}  // namespace

AccessFormat::AccessFormat(std::string_view format) : is_json_(format == "json") {
    if (is_json_) return;
    const auto refuse = [&](std::string_view what) {
        throw Error("The access log format has \"" + std::string(what) +
                    "\", which is none of gunicorn's atoms: %(h)s, %({name}i)s ... or a whole format \"json\".");
    };
    std::string literal;
    for (std::string_view rest = format; !rest.empty();) {
        if (rest[0] != '%' || rest.starts_with("%%")) {
            literal += rest[0];
            rest.remove_prefix(rest[0] == '%' ? 2 : 1);
            continue;
        }
        const std::size_t end = rest.find(')');
        if (!rest.starts_with("%(") || end == rest.npos || end + 1 >= rest.size() || (rest[end + 1] != 's' && rest[end + 1] != 'd'))
            refuse(rest.substr(0, 8));
        const std::string_view atom = rest.substr(2, end - 2);
        Part part;
        if (atom.size() == 1 && kAtoms.find(atom[0]) != kAtoms.npos) {
            part.atom = atom[0];
        } else if (atom.size() > 3 && atom[0] == '{' && atom[atom.size() - 2] == '}' &&
                   std::string_view("ioe").find(atom.back()) != std::string_view::npos) {
            part = {atom.back(), std::string(atom.substr(1, atom.size() - 3))};
        } else {
            refuse(rest.substr(0, end + 2));
        }
        if (!literal.empty()) parts_.push_back({0, std::exchange(literal, {})});
        parts_.push_back(std::move(part));
        rest.remove_prefix(end + 2);
    }
    if (!literal.empty()) parts_.push_back({0, std::move(literal)});
}

void AccessFormat::append(std::string& out, const AccessRecord& record) const {
    if (is_json_) return append_json(out, record);
    for (const Part& part : parts_) append_part(out, part, record);
    out += '\n';
}

void AccessFormat::append_part(std::string& out, const Part& part, const AccessRecord& record) const {
    const std::int64_t us = record.duration.microseconds;
    switch (part.atom) {
        case 0: out += part.text; return;
        case 'h': return append_field(out, record.remote_address);
        case 'l': out += '-'; return;
        case 'u': return append_field(out, user_of(record));
        case 't': out += time_texts().common; return;
        case 'r':
            append_field(out, record.method);
            out += ' ';
            append_field(out, record.target);
            out += ' ';
            out += protocol_of(record);
            return;
        case 'm': return append_field(out, record.method);
        case 'U': return append_field(out, path_of(record));
        case 'q': return append_escaped(out, query_of(record), false);
        case 'H': out += protocol_of(record); return;
        case 's': return append_number(out, record.status);
        case 'b':
            if (record.body_bytes == 0) return append_field(out, {});
            [[fallthrough]];
        case 'B': return append_number(out, record.body_bytes);
        case 'f': return append_field(out, header_of(record, "Referer"));
        case 'a': return append_field(out, header_of(record, "User-Agent"));
        case 'T': return append_number(out, us / 1'000'000);
        case 'M': return append_number(out, us / 1000);
        case 'D': return append_number(out, us);
        case 'L': {
            char text[32];
            out.append(text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%.6f", static_cast<double>(us) / 1e6)));
            return;
        }
        case 'p':
            out += '<';
            append_number(out, ::getpid());
            out += '>';
            return;
        case kRequestHeader: return append_field(out, header_of(record, part.text));
        case kResponseHeader: return append_field(out, record.response ? record.response->get(part.text) : "");
        case kVariable: return append_field(out, variable_of(record, part.text));
        default: return;
    }
}

namespace {

thread_local std::string gathered;

}  // namespace

void AccessLog::write(const AccessRecord& record) {
    const bool is_first = gathered.empty();
    format_.append(gathered, record);
    async::Loop* const loop = async::current_loop();
    if (!loop || gathered.size() > kGatheredMax) return flush();
    if (is_first) boost::asio::post(async::io_context(*loop), [this] { flush(); });
}

void AccessLog::flush() noexcept {
    if (gathered.empty()) return;
    file_.write(gathered);
    gathered.clear();
}

}  // namespace nuages::server

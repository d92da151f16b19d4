#include <nuages/server/request_parser.hpp>

#include <nuages/server/detail/octets.hpp>

#include <algorithm>
#include <cstring>
#include <limits>

namespace nuages::server {

using State = RequestParser::State;

void RequestParser::reset() noexcept {
    position_ = scanned_ = head_size_ = section_ = body_end_ = header_lines_ = 0;
    length_ = dropped_ = 0;
    headers_.clear();
    trailers_.clear();
    host_ = authority_ = {};
    request_ = {};
    phase_ = Phase::start;
    error_ = ParseError::none;
    has_length_ = is_chunked_ = has_host_ = expects_continue_ = asks_close_ = asks_keep_alive_ = false;
}

State RequestParser::fail(ParseError error) noexcept {
    error_ = error;
    return State::failed;
}

// The buffer was moved: so are the views into it.
void RequestParser::rebase(char* data) noexcept {
    const char* const old = data_;
    data_ = data;
    if (!old) return;
    const auto move = [&](std::string_view& view) {
        if (view.data()) view = {data + (view.data() - old), view.size()};
    };
    move(request_.method);
    move(request_.target);
    move(host_);
    move(authority_);
    for (std::vector<http::HeaderView>* fields : {&headers_, &trailers_}) {
        for (http::HeaderView& field : *fields) {
            move(field.name);
            move(field.value);
        }
    }
}

State RequestParser::parse(char* data, std::size_t size) {
    if (error_ != ParseError::none) return State::failed;
    relocate(data);
    switch (phase_) {
        case Phase::start: return parse_start(size);
        case Phase::headers: return parse_headers(size);
        case Phase::body:
            if (size - head_size_ < length_) return State::need_more;
            position_ = head_size_ + static_cast<std::size_t>(length_);
            return finish(position_);
        case Phase::chunk_size:
        case Phase::chunk_data:
        case Phase::chunk_end: return parse_chunks(size);
        case Phase::trailers: return parse_trailers(size);
        case Phase::done: break;
    }
    return State::complete;
}

// LINE is what stands before CRLF. Its length is judged first, so that the verdict is the same for any split.
RequestParser::LineFound RequestParser::find_line(std::size_t size, std::size_t length_max,
                                                  std::string_view& line) noexcept {
    const char* begin = data_ + position_;
    const void* found = scanned_ < size ? std::memchr(data_ + scanned_, '\n', size - scanned_) : nullptr;
    if (!found) {
        scanned_ = size;
        return size - position_ > length_max + 1 ? LineFound::too_long : LineFound::no;
    }
    const char* line_feed = static_cast<const char*>(found);
    const auto length = static_cast<std::size_t>(line_feed - begin);  // with the CR
    if (length > length_max + 1) return LineFound::too_long;
    position_ += length + 1;
    scanned_ = position_;
    if (length == 0 || line_feed[-1] != '\r') return LineFound::bad_end;
    line = {begin, length - 1};
    return LineFound::yes;
}

State RequestParser::parse_start(std::size_t size) {
    if (size == 0) return State::need_more;
    // One empty line before a request is forgiven (RFC 9112, 2.2): some clients end a body with one too many.
    if (position_ == 0 && data_[0] == '\r') {
        if (size < 2) return State::need_more;
        if (data_[1] != '\n') return fail(ParseError::bad_line_end);
        position_ = scanned_ = 2;
    }
    if (position_ == size) return State::need_more;
    if (!detail::is_token(data_[position_]))
        return fail(ParseError::bad_request_line);  // TLS, or noise: no need to wait

    std::string_view line;
    switch (find_line(size, limits_->request_line, line)) {
        case LineFound::no: return State::need_more;
        case LineFound::too_long: return fail(ParseError::request_line_too_long);
        case LineFound::bad_end: return fail(ParseError::bad_line_end);
        case LineFound::yes: break;
    }
    if (const ParseError error = request_line(line); error != ParseError::none) return fail(error);
    section_ = position_;
    phase_ = Phase::headers;
    return parse_headers(size);
}

State RequestParser::parse_headers(std::size_t size) {
    for (;;) {
        std::string_view line;
        const LineFound found = find_line(size, limits_->header_line, line);
        const std::size_t seen = (found == LineFound::no ? size : position_) - section_;
        if (found == LineFound::too_long || seen > limits_->header_bytes) return fail(ParseError::headers_too_large);
        if (found == LineFound::no) return State::need_more;
        if (found == LineFound::bad_end) return fail(ParseError::bad_line_end);
        if (line.empty()) break;
        if (++header_lines_ > limits_->header_count) return fail(ParseError::headers_too_large);
        if (const ParseError error = header_line(line); error != ParseError::none) return fail(error);
    }
    if (const ParseError error = framing(); error != ParseError::none) return fail(error);
    head_size_ = position_;
    request_.keep_alive = request_.minor_version == 1 ? !asks_close_ : asks_keep_alive_ && !asks_close_;
    request_.is_head = request_.method == "HEAD";
    if (is_chunked_) {
        body_end_ = head_size_;
        phase_ = Phase::chunk_size;
        return parse_chunks(size);
    }
    phase_ = Phase::body;
    return parse(data_, size);
}

State RequestParser::finish(std::size_t body_end) noexcept {
    request_.headers = headers_;
    request_.trailers = trailers_;
    request_.body = {data_ + head_size_, body_end - head_size_};
    phase_ = Phase::done;
    return State::complete;
}

// ---- the request line

ParseError RequestParser::request_line(std::string_view line) {
    const std::size_t method_end = line.find(' ');
    const std::size_t target_end = line.rfind(' ');
    if (method_end == std::string_view::npos || method_end == target_end) return ParseError::bad_request_line;
    request_.method = line.substr(0, method_end);
    if (!detail::is_token(request_.method)) return ParseError::bad_request_line;

    const std::string_view version = line.substr(target_end + 1);
    if (version == "HTTP/1.1") {
        request_.minor_version = 1;
    } else if (version == "HTTP/1.0") {
        request_.minor_version = 0;
    } else {
        const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") && detail::is_digit(version[5]) &&
                                 version[6] == '.' && detail::is_digit(version[7]);
        return well_formed ? ParseError::unsupported_version : ParseError::bad_version;
    }
    if (request_.method == "CONNECT") return ParseError::unsupported_method;
    return take_target(line.substr(method_end + 1, target_end - method_end - 1));
}

ParseError RequestParser::take_target(std::string_view target) {
    if (!detail::is_visible(target)) return ParseError::bad_target;  // empty, space, control, not ASCII, '#'
    if (target[0] == '/') {
        request_.target = target;
        return ParseError::none;
    }
    if (target == "*") {
        request_.target = target;
        return request_.method == "OPTIONS" ? ParseError::none : ParseError::bad_target;
    }
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (target.size() <= scheme.size() || !detail::equals_ignoring_case(target.substr(0, scheme.size()), scheme))
            continue;
        const std::string_view rest = target.substr(scheme.size());
        const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
        authority_ = rest.substr(0, end);
        if (!detail::is_host(authority_)) return ParseError::bad_target;
        if (end == rest.size()) {  // without a path it is "/": the one before the authority will do as a view
            request_.target = target.substr(scheme.size() - 1, 1);
        } else if (rest[end] == '/') {
            request_.target = rest.substr(end);
        } else {  // "http://host?query" is "/?query": the authority makes room for the slash
            char* const begin = data_ + (authority_.data() - data_);
            std::memmove(begin - 1, begin, end);
            begin[end - 1] = '/';
            authority_ = {begin - 1, end};
            request_.target = {begin + end - 1, rest.size() - end + 1};
        }
        return ParseError::none;
    }
    return ParseError::bad_target;
}

// ---- header lines

ParseError RequestParser::header_line(std::string_view line) {
    if (line[0] == ' ' || line[0] == '\t') return ParseError::folded_header;
    std::size_t colon = 0;
    while (colon < line.size() && detail::is_token(line[colon])) ++colon;
    if (colon == 0 || colon == line.size() || line[colon] != ':') return ParseError::bad_header_name;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = detail::trim(line.substr(colon + 1));
    if (!detail::is_field_value(value)) return ParseError::bad_header_value;
    // CGI names write '-' as '_': a field that could pose as another is dropped (CVE-2015-0219).
    if (name.find('_') != std::string_view::npos) return ParseError::none;
    headers_.push_back({name, value});
    return known_header(name, value);
}

ParseError RequestParser::known_header(std::string_view name, std::string_view value) {
    const auto is = [name](std::string_view known) { return detail::equals_ignoring_case(name, known); };
    switch (name.size()) {
        case 4:
            if (!is("host")) break;
            if (has_host_ || !detail::is_host(value)) return ParseError::bad_host;
            has_host_ = true;
            host_ = value;
            break;
        case 6:
            if (!is("expect")) break;
            if (request_.minor_version == 0) break;  // RFC 9110, 10.1.1
            if (!detail::equals_ignoring_case(value, "100-continue")) return ParseError::unsupported_expectation;
            expects_continue_ = true;
            break;
        case 10:
            if (is("connection")) return connection_header(value);
            break;
        case 14:
            if (is("content-length")) return content_length_header(value);
            break;
        case 17:
            if (!is("transfer-encoding")) break;
            if (is_chunked_) return ParseError::bad_transfer_encoding;
            if (!detail::equals_ignoring_case(value, "chunked")) {
                return detail::is_token(value) ? ParseError::unsupported_transfer_encoding
                                               : ParseError::bad_transfer_encoding;
            }
            is_chunked_ = true;
            break;
        default: break;
    }
    return ParseError::none;
}

ParseError RequestParser::connection_header(std::string_view value) {
    while (!value.empty()) {
        const std::size_t comma = std::min(value.find(','), value.size());
        const std::string_view option = detail::trim(value.substr(0, comma));
        if (detail::equals_ignoring_case(option, "close")) asks_close_ = true;
        if (detail::equals_ignoring_case(option, "keep-alive")) asks_keep_alive_ = true;
        value.remove_prefix(std::min(comma + 1, value.size()));
    }
    return ParseError::none;
}

// Digits only, no leading zero (which some read as octal), once.
ParseError RequestParser::content_length_header(std::string_view value) {
    constexpr std::size_t kDigitsMax = 18;  // below 2^63
    if (has_length_ || value.empty()) return ParseError::bad_content_length;
    if (value.size() > 1 && value[0] == '0') return ParseError::bad_content_length;
    std::uint64_t length = 0;
    for (const char c : value) {
        if (!detail::is_digit(c)) return ParseError::bad_content_length;
        if (length <= std::numeric_limits<std::uint64_t>::max() / 100)
            length = length * 10 + static_cast<unsigned>(c - '0');
    }
    if (value.size() > kDigitsMax) return ParseError::bad_content_length;
    has_length_ = true;
    length_ = length;
    return ParseError::none;
}

// What the head as a whole says about hosts and lengths.
ParseError RequestParser::framing() {
    if (!has_host_ && request_.minor_version == 1) return ParseError::bad_host;
    if (!authority_.empty() && has_host_ && !detail::equals_ignoring_case(authority_, host_))
        return ParseError::bad_host;
    if (is_chunked_ && has_length_) return ParseError::ambiguous_length;
    if (is_chunked_ && request_.minor_version == 0) return ParseError::ambiguous_length;
    if (length_ > limits_->body) return ParseError::body_too_large;
    return ParseError::none;
}

// ---- chunked bodies (RFC 9112, 7.1)

State RequestParser::parse_chunks(std::size_t size) {
    for (;;) {
        if (phase_ == Phase::chunk_size) {
            std::string_view line;
            switch (find_line(size, limits_->chunk_line, line)) {
                case LineFound::no: return State::need_more;
                case LineFound::too_long: return fail(ParseError::chunk_line_too_long);
                case LineFound::bad_end: return fail(ParseError::bad_line_end);
                case LineFound::yes: break;
            }
            if (const ParseError error = chunk_line(line); error != ParseError::none) return fail(error);
            if (length_ == 0) {
                section_ = position_;
                phase_ = Phase::trailers;
                return parse_trailers(size);
            }
            phase_ = Phase::chunk_data;
        }
        if (phase_ == Phase::chunk_data) {
            const std::size_t here = std::min<std::uint64_t>(length_, size - position_);
            std::memmove(data_ + body_end_, data_ + position_, here);
            body_end_ += here;
            position_ += here;
            length_ -= here;
            if (length_ > 0) return State::need_more;
            phase_ = Phase::chunk_end;
        }
        if (size > position_ && data_[position_] != '\r') return fail(ParseError::bad_chunk_end);
        if (size < position_ + 2) return State::need_more;
        if (data_[position_ + 1] != '\n') return fail(ParseError::bad_chunk_end);
        position_ += 2;
        scanned_ = position_;
        phase_ = Phase::chunk_size;
    }
}

namespace {

// *( ";" name [ "=" value ] ), a value being a token or a quoted string. "Bad" white space (BWS) is borne behind a semicolon
// and around "=", not behind the size or at the end of the line, where it would end a number in the eyes of some.
bool are_chunk_extensions(std::string_view text) {
    const auto skip_blank = [&] {
        while (!text.empty() && (text[0] == ' ' || text[0] == '\t')) text.remove_prefix(1);
    };
    const auto take_token = [&] {
        std::size_t end = 0;
        while (end < text.size() && detail::is_token(text[end])) ++end;
        text.remove_prefix(end);
        return end > 0;
    };
    const auto take_quoted = [&] {
        for (std::size_t i = 1; i < text.size(); ++i) {
            if (text[i] == '\\') {
                ++i;
            } else if (text[i] == '"') {
                text.remove_prefix(i + 1);
                return true;
            }
        }
        return false;
    };
    if (!detail::is_field_value(text)) return false;
    while (!text.empty()) {
        if (text[0] != ';') return false;
        text.remove_prefix(1);
        skip_blank();
        if (!take_token()) return false;
        const std::string_view after_name = text;
        skip_blank();
        if (!text.starts_with('=')) {
            text = after_name;
            continue;
        }
        text.remove_prefix(1);
        skip_blank();
        if (!(text.starts_with('"') ? take_quoted() : take_token())) return false;
    }
    return true;
}

}  // namespace

// A size in hexadecimal digits and no more than that; extensions are checked and forgotten.
ParseError RequestParser::chunk_line(std::string_view line) {
    constexpr std::size_t kDigitsMax = 15;  // below 2^63
    std::size_t digits = 0;
    std::uint64_t length = 0;
    for (; digits < line.size(); ++digits) {
        const int digit = detail::hex_digit(line[digits]);
        if (digit < 0) break;
        if (digits == kDigitsMax) return ParseError::bad_chunk_size;
        length = length * 16 + static_cast<unsigned>(digit);
    }
    if (digits == 0) return ParseError::bad_chunk_size;
    if (!are_chunk_extensions(line.substr(digits))) return ParseError::bad_chunk_size;
    const std::uint64_t before = dropped_ + (body_end_ - head_size_);
    if (length > limits_->body || before + length > limits_->body) return ParseError::body_too_large;
    length_ = length;
    return ParseError::none;
}

// Trailers must be well-formed; those that would have framed the message are an attack, others that come too late are
// dropped. They stay apart from the
// headers: what was decided by those is not changed behind the body.
ParseError RequestParser::trailer_line(std::string_view line) {
    std::size_t colon = 0;
    while (colon < line.size() && detail::is_token(line[colon])) ++colon;
    if (colon == 0 || colon == line.size() || line[colon] != ':') return ParseError::bad_trailer;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = detail::trim(line.substr(colon + 1));
    if (!detail::is_field_value(value)) return ParseError::bad_trailer;
    for (const std::string_view forbidden : {"content-length", "transfer-encoding", "host"}) {
        if (detail::equals_ignoring_case(name, forbidden)) return ParseError::bad_trailer;
    }
    if (trailers_.size() == limits_->header_count) return ParseError::headers_too_large;
    if (name.find('_') == std::string_view::npos && http::may_be_trailer(name)) trailers_.push_back({name, value});
    return ParseError::none;
}

State RequestParser::parse_trailers(std::size_t size) {
    for (;;) {
        std::string_view line;
        const LineFound found = find_line(size, limits_->header_line, line);
        const std::size_t seen = (found == LineFound::no ? size : position_) - section_;
        if (found == LineFound::too_long || seen > limits_->trailer_bytes) return fail(ParseError::headers_too_large);
        if (found == LineFound::no) return State::need_more;
        if (found == LineFound::bad_end) return fail(ParseError::bad_line_end);
        if (line.empty()) return finish(body_end_);
        if (const ParseError error = trailer_line(line); error != ParseError::none) return fail(error);
    }
}

std::string_view RequestParser::body_so_far(std::size_t size) const noexcept {
    if (phase_ < Phase::body || phase_ == Phase::done || error_ != ParseError::none) return {};
    const std::size_t end = phase_ == Phase::body ? std::min<std::uint64_t>(size, head_size_ + length_) : body_end_;
    return {data_ + head_size_, end - head_size_};
}

std::size_t RequestParser::drop_body(char* data, std::size_t size) noexcept {
    relocate(data);
    const std::size_t bytes = body_so_far(size).size();
    dropped_ += bytes;
    if (phase_ == Phase::body) {
        std::memmove(data + head_size_, data + head_size_ + bytes, size - head_size_ - bytes);
        length_ -= bytes;
        return size - bytes;
    }
    body_end_ -= bytes;
    return compact(data, size);
}

std::size_t RequestParser::compact(char* data, std::size_t size) noexcept {
    if (phase_ < Phase::chunk_size || phase_ == Phase::done || error_ != ParseError::none) return size;
    const std::size_t kept = phase_ == Phase::trailers ? section_ : position_;
    const std::size_t gap = kept - body_end_;
    std::memmove(data + body_end_, data + kept, size - kept);
    for (http::HeaderView& trailer : trailers_) {
        trailer.name = {trailer.name.data() - gap, trailer.name.size()};
        trailer.value = {trailer.value.data() - gap, trailer.value.size()};
    }
    position_ -= gap;
    scanned_ = scanned_ > gap ? std::max(scanned_ - gap, position_) : position_;
    section_ -= gap;  // may wrap below zero: only its distance to what follows counts
    return size - gap;
}

}  // namespace nuages::server

#include <nuages/http/request.hpp>

#include <nuages/async/blocking.hpp>
#include <nuages/core/signing/signing.hpp>
#include <nuages/http/multipart.hpp>
#include <nuages/utils/crypto.hpp>
#include <nuages/utils/http.hpp>
#include <nuages/utils/ip.hpp>
#include <nuages/utils/url.hpp>
#include <nuages/utils/utf8.hpp>
#include <nuages/utils/value.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <mutex>

namespace nuages::http {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::size_t kRequestIdMax = 128;
constexpr std::string_view kMultiPartType = "multipart/form-data";

std::string_view strip(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

void lower_in_place(std::string& text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
}

std::string repr(std::string_view text) {
    std::string out;
    Value::borrow(text).append_repr(out);
    return out;
}

bool is_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "http://host/path?query" of a proxy's request: the part from the path on.
std::string_view origin_form(std::string_view target) {
    if (target.empty() || target[0] == '/' || target == "*") return target;
    const std::size_t scheme = target.find("://");
    if (scheme == target.npos || target.find_first_of("/?") < scheme) return target;
    const std::size_t path = target.find_first_of("/?", scheme + 3);
    return path == target.npos ? std::string_view("/") : target.substr(path);
}

// Whether a path means what it shows: ASCII without '%'. Eight bytes at a time.
bool is_plain(std::string_view path) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighs = 0x8080808080808080;
    std::size_t i = 0;
    for (; i + 8 <= path.size(); i += 8) {
        std::uint64_t word;
        std::memcpy(&word, path.data() + i, 8);
        const std::uint64_t percent = word ^ (kOnes * '%');
        if (((word | ((percent - kOnes) & ~percent)) & kHighs) != 0) return false;
    }
    for (; i < path.size(); ++i)
        if (path[i] == '%' || static_cast<unsigned char>(path[i]) >= 0x80) return false;
    return true;
}

}  // namespace

const RequestOptions& default_request_options() {
    static const RequestOptions options{.allowed_hosts = {"*"}};
    return options;
}

std::pair<std::string, std::string> split_domain_port(std::string_view host) {
    std::string lowered(host);
    lower_in_place(lowered);
    std::string_view domain = lowered, port;
    const auto is_hexadecimal_or = [](std::string_view text, std::string_view others) {
        return std::all_of(text.begin(), text.end(), [&](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || others.find(c) != others.npos;
        });
    };
    if (!domain.empty() && domain[0] == '[') {
        const std::size_t end = domain.find(']');
        if (end == domain.npos) return {};
        const std::string_view inside = domain.substr(1, end - 1);
        const std::size_t colon = inside.find(':');
        if (colon == inside.npos || colon + 1 == inside.size() || !is_hexadecimal_or(inside.substr(0, colon), "") ||
            !is_hexadecimal_or(inside.substr(colon), ":."))
            return {};
        port = domain.substr(end + 1);
        domain = domain.substr(0, end + 1);
    } else {
        const std::size_t colon = std::min(domain.find(':'), domain.size());
        port = domain.substr(colon);
        domain = domain.substr(0, colon);
        const bool valid = !domain.empty() && std::all_of(domain.begin(), domain.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
        });
        if (!valid) return {};
    }
    if (!port.empty()) {
        if (port[0] != ':' || !is_digits(port.substr(1))) return {};
        port.remove_prefix(1);
    }
    if (domain.back() == '.') domain.remove_suffix(1);
    return {std::string(domain), std::string(port)};
}

bool validate_host(std::string_view domain, const std::vector<std::string>& allowed_hosts) {
    return std::any_of(allowed_hosts.begin(), allowed_hosts.end(), [&](const std::string& pattern) {
        return pattern == "*" || utils::is_same_domain(domain, pattern);
    });
}

void Request::assign(const RequestHead& head, const RequestOptions& options) {
    clear();
    head_ = head;
    options_ = &options;
    method = head.method;
    headers = head.headers;
    decode_path();
    GET.load_later(load_get, this);
    POST.load_later(load_post, this);
    FILES.loader_ = load_files;
    FILES.owner_ = this;
    COOKIES.parse_later(headers);
}

void Request::clear() {
    while (!slots_.empty()) {  // a slot's destructor may look at slots made before it
        const Slot slot = slots_.back();
        slots_.pop_back();
        slot.destroy(slot.object);
    }
    resolver_match.clear();
    COOKIES.clear();
    FILES.entries_.clear();
    FILES.loader_ = nullptr;
    if (body_storage_.capacity() > 0) std::string().swap(body_storage_);
    read_position_ = 0;
    id_.clear();
    content_type_parsed_ = body_read_ = form_loaded_ = false;
}

void Request::decode_path() {
    const std::string_view target = origin_form(head_.target);
    const std::size_t mark = std::min(target.find('?'), target.size());
    query_string = mark < target.size() ? target.substr(mark + 1) : std::string_view{};
    path = target.substr(0, mark);
    if (!is_plain(path)) {
        path_storage_ = utils::repercent_broken_unicode(utils::unquote_bytes(path));
        path = path_storage_;
    }
    if (path.empty()) path = "/";
    path_info_ = path;
    if (!options_->script_name.empty()) mount();
}

// A proxy in front may have taken the script's name off the path or not: both are the same request.
void Request::mount() {
    const std::string_view name = options_->script_name;
    if (path[0] != '/') return;  // "*"
    const bool is_there = path.starts_with(name) && (path.size() == name.size() || path[name.size()] == '/');
    if (is_there && path.size() > name.size()) {
        path_info_ = path.substr(name.size());
        return;
    }
    path_storage_ = std::string(name).append(is_there ? "/" : path);
    path = path_storage_;
    path_info_ = path.substr(name.size());
}

void Request::load_get(QueryDict& dict, const void* context) {
    const auto& request = *static_cast<const Request*>(context);
    dict.parse(request.query_string, request.options_->data_upload_max_number_fields);
}

void Request::load_post(QueryDict&, const void* context) {
    const_cast<Request*>(static_cast<const Request*>(context))->load_form();
}

void Request::load_files(const void* context) {
    const_cast<Request*>(static_cast<const Request*>(context))->load_form();
}

// POST and FILES. Fails alike at each use.
void Request::load_form() {
    if (form_loaded_) return;
    if (method == "POST" && content_type() == kMultiPartType) return load_multipart();
    if (method == "POST" && content_type() == kFormType) {
        std::string charset = content_param("charset");
        lower_in_place(charset);
        if (!charset.empty() && charset != "utf-8" && charset != "utf8")
            throw BadRequest(
                "HTTP requests with the 'application/x-www-form-urlencoded' content type must be UTF-8 encoded.");
        POST.parse(body(), options_->data_upload_max_number_fields);
    } else {
        POST.parse({}, 0);
    }
    form_loaded_ = true;
    FILES.loader_ = nullptr;
}

// A body that lies in a file is read, and its files written, on a thread of the pool. A second fiber that asks
// meanwhile waits for the first.
void Request::load_multipart() {
    const std::lock_guard lock(form_mutex_);
    if (form_loaded_) return;
    const auto parse = [this] {
        std::uint64_t position = 0;
        const auto read = [&](char* data, std::size_t size) {
            const std::size_t got = read_at(position, data, size);
            position += got;
            return got;
        };
        return parse_multipart(headers["Content-Type"], static_cast<std::int64_t>(body_size()), read,
                               {.data_upload_max_memory_size = options_->data_upload_max_memory_size,
                                .data_upload_max_number_fields = options_->data_upload_max_number_fields,
                                .data_upload_max_number_files = options_->data_upload_max_number_files,
                                .file_upload_max_memory_size = options_->file_upload_max_memory_size,
                                .file_upload_temp_dir = options_->file_upload_temp_dir});
    };
    MultiPartForm form = head_.body_source && async::on_fiber() ? async::run_blocking(parse) : parse();
    POST.entries_ = std::move(form.fields.entries_);
    FILES.entries_ = std::move(form.files.entries_);
    form_loaded_ = true;
    FILES.loader_ = nullptr;
}

std::string_view Request::id() {
    if (!id_.empty()) return id_;
    if (!options_->request_id_header.empty()) {
        const std::string_view sent = headers[options_->request_id_header];
        const bool is_usable = !sent.empty() && sent.size() <= kRequestIdMax &&
                               std::all_of(sent.begin(), sent.end(), [](char c) { return c > ' ' && c < 0x7f; });
        if (is_usable) return id_ = sent;
    }
    return id_ = utils::get_random_string(32, "0123456789abcdef");
}

std::uint64_t Request::body_size() const noexcept {
    return head_.body_source ? head_.body_source->size() : head_.body.size();
}

std::size_t Request::read_at(std::uint64_t offset, char* data, std::size_t size) const {
    if (head_.body_source) return head_.body_source->read_at(offset, data, size);
    if (offset >= head_.body.size()) return 0;
    return head_.body.copy(data, size, static_cast<std::size_t>(offset));
}

std::string_view Request::body() const {
    if (body_read_) return body_;
    const std::size_t bytes_max = options_ ? options_->data_upload_max_memory_size : 0;
    const std::string_view length = headers["Content-Length"];
    std::uint64_t announced = 0;
    std::from_chars(length.data(), length.data() + length.size(), announced);
    if (announced > bytes_max || body_size() > bytes_max)
        throw RequestDataTooBig("Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE.");
    body_ = head_.body;
    if (head_.body_source) {
        body_storage_.resize(static_cast<std::size_t>(body_size()));
        for (std::size_t done = 0; done < body_storage_.size();) {
            const std::size_t got = read_at(done, body_storage_.data() + done, body_storage_.size() - done);
            if (got == 0) throw UnreadablePostError("The body's temporary file is shorter than the body.");
            done += got;
        }
        body_ = body_storage_;
    }
    body_read_ = true;
    return body_;
}

std::string Request::read(std::size_t size) {
    const std::uint64_t left = body_size() - std::min(body_size(), read_position_);
    std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(size, left)), '\0');
    for (std::size_t done = 0; done < bytes.size();) {
        const std::size_t got = read_at(read_position_, bytes.data() + done, bytes.size() - done);
        if (got == 0) throw UnreadablePostError("The body's temporary file is shorter than the body.");
        done += got;
        read_position_ += got;
    }
    return bytes;
}

std::string Request::readline() {
    constexpr std::size_t kPiece = 4096;
    std::string line;
    for (;;) {
        const std::string piece = read(kPiece);
        const std::size_t end = piece.find('\n');
        const std::size_t taken = end == piece.npos ? piece.size() : end + 1;
        line.append(piece, 0, taken);
        read_position_ -= piece.size() - taken;
        if (end != piece.npos || piece.empty()) return line;
    }
}

std::vector<std::string> Request::readlines() {
    std::vector<std::string> lines;
    for (std::string line = readline(); !line.empty(); line = readline()) lines.push_back(std::move(line));
    return lines;
}

std::string_view Request::content_type() const {
    if (!content_type_parsed_) {
        const std::string_view header = headers["Content-Type"];
        content_type_ = strip(header.substr(0, header.find(';')));
        lower_in_place(content_type_);
        content_type_parsed_ = true;
    }
    return content_type_;
}

std::string Request::content_param(std::string_view name) const {
    const std::string_view header = headers["Content-Type"];
    if (header.size() > utils::kHeaderLengthMax) return {};
    const auto parsed = utils::parse_header_parameters(header);
    const std::string* found = parsed.find(name);
    return found ? *found : std::string{};
}

std::vector<std::pair<std::string, std::string>> Request::content_params() const {
    const std::string_view header = headers["Content-Type"];
    if (header.size() > utils::kHeaderLengthMax) return {};
    return utils::parse_header_parameters(header).parameters;
}

bool Request::is_secure() const {
    const std::string& name = options_->secure_proxy_header;
    if (!name.empty()) {
        // A proxy chain may append its value: the first one is the client's connection.
        if (const auto value = headers.find(name))
            return strip(value->substr(0, value->find(','))) == options_->secure_proxy_value;
    }
    return head_.is_tls;
}

std::string Request::get_port() const {
    if (options_->use_x_forwarded_port)
        if (const auto port = headers.find("X-Forwarded-Port")) return std::string(*port);
    return std::to_string(head_.server_port);
}

std::string Request::raw_host() const {
    if (options_->use_x_forwarded_host)
        if (const auto host = headers.find("X-Forwarded-Host")) return std::string(*host);
    if (const auto host = headers.find("Host")) return std::string(*host);
    std::string host(head_.server_name);
    const std::string port = get_port();
    if (port != (is_secure() ? "443" : "80")) host += ":" + port;
    return host;
}

std::string Request::get_host() const {
    static const std::vector<std::string> kLocalHosts = {".localhost", "127.0.0.1", "[::1]"};
    std::string host = raw_host();
    const bool local = options_->debug && options_->allowed_hosts.empty();
    const std::string domain = split_domain_port(host).first;
    if (!domain.empty() && validate_host(domain, local ? kLocalHosts : options_->allowed_hosts)) return host;
    std::string message = "Invalid HTTP_HOST header: " + repr(host) + ".";
    if (domain.empty()) {
        message += " The domain name provided is not valid according to RFC 1034/1035.";
    } else {
        message += " You may need to add " + repr(domain) + " to ALLOWED_HOSTS.";
    }
    throw DisallowedHost(message);
}

std::string Request::get_full_path(bool force_append_slash) const { return full_path(path, force_append_slash); }
std::string Request::get_full_path_info(bool force_append_slash) const { return full_path(path_info_, force_append_slash); }

std::string Request::full_path(std::string_view from, bool force_append_slash) const {
    std::string full = utils::escape_uri_path(from);
    if (force_append_slash && (full.empty() || full.back() != '/')) full += '/';
    if (!query_string.empty()) full += '?' + utils::iri_to_uri(query_string);
    return full;
}

std::string Request::build_absolute_uri() const { return build_absolute_uri("//" + get_full_path()); }

std::string Request::build_absolute_uri(std::string_view location) const {
    const auto parts = utils::urlsplit(location);
    if (!parts) throw BadRequest("Invalid URL: " + std::string(location));
    if (!parts->scheme.empty() && !parts->netloc.empty()) return utils::iri_to_uri(location);
    const std::string here = std::string(scheme()) + "://" + get_host();
    const std::string_view to = parts->path;
    const bool simple = !to.empty() && to[0] == '/' && parts->scheme.empty() && parts->netloc.empty() &&
                        to.find("/./") == to.npos && to.find("/../") == to.npos;
    if (!simple) return utils::iri_to_uri(utils::urljoin(here + std::string(path), location));
    // "//" without a host is this one.
    if (location.substr(0, 2) == "//") location.remove_prefix(2);
    return utils::iri_to_uri(here + std::string(location));
}

std::string Request::get_signed_cookie(std::string_view name, const SignedCookieOptions& options) const {
    const auto value = COOKIES.find(name);
    if (!value) throw Error("There is no cookie '" + std::string(name) + "'.");
    return signing::get_cookie_signer(std::string(name) + options.salt).unsign(*value, options.max_age);
}

std::optional<std::string> Request::find_signed_cookie(std::string_view name, const SignedCookieOptions& options) const {
    if (!COOKIES.contains(name)) return std::nullopt;
    try {
        return get_signed_cookie(name, options);
    } catch (const signing::BadSignature&) {
        return std::nullopt;
    }
}

void* Request::find_slot(const void* key) const {
    for (const Slot& slot : slots_)
        if (slot.key == key) return slot.object;
    return nullptr;
}

void Request::add_slot(const void* key, void* object, void (*destroy)(void*)) {
    slots_.push_back({key, object, destroy});
}

std::string_view Request::captured_text(std::string_view name) const {
    if (const auto text = resolver_match.find(name)) return *text;
    throw Http404("The URL has no part named '" + std::string(name) + "'.");
}

void Request::refuse_number(std::string_view name) {
    throw Http404("The part '" + std::string(name) + "' of the URL is out of range.");
}

std::int64_t Request::captured_integer(std::string_view name) const {
    const std::string_view text = captured_text(name);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        throw Http404("The part '" + std::string(name) + "' of the URL is no number.");
    return number;
}

}  // namespace nuages::http

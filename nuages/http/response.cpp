#include <nuages/http/response.hpp>

#include <nuages/core/signing/signing.hpp>
#include <nuages/utils/http.hpp>
#include <nuages/utils/url.hpp>
#include <nuages/utils/utf8.hpp>

#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstring>

namespace nuages::http {
namespace {

// Types that most responses have: kept as views of constants.
constexpr std::string_view kUsualTypes[] = {kTextHtml, kTextPlain, kApplicationJson, "text/plain", "text/html"};
constexpr std::size_t kRedirectUrlLengthMax = 16'384;

constexpr auto kTokenTable = [] {
    std::array<bool, 256> table{};
    for (int c = '!'; c <= '~'; ++c) table[static_cast<std::size_t>(c)] = true;
    for (char c : std::string_view("\"(),/:;<=>?@[\\]{}")) table[static_cast<std::size_t>(c)] = false;
    return table;
}();
bool is_token_character(char c) { return kTokenTable[static_cast<unsigned char>(c)]; }

// To the end without a branch: values are short and clean.
bool is_clean(std::string_view value) {
    bool found = false;
    for (char c : value) found |= (c == '\r') | (c == '\n') | (c == '\0');
    return !found;
}

void check_value(std::string_view value, const char* what) {
    if (is_clean(value)) return;
    throw BadHeaderError(std::string(what) + " can't contain newlines (got '" +
                         utils::quote(value, " !#$&'()*+,/:;<=>?@[]^`{|}\"") + "')");
}

bool is_content_type(std::string_view name) { return header_name_equals(name, "Content-Type"); }

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return out;
}

Response text_response(int status, std::string content) { return Response(std::move(content), {.status = status}); }

Response redirect_to(std::string_view url, int status) {
    if (url.size() > kRedirectUrlLengthMax)
        throw DisallowedRedirect("Unsafe redirect exceeding " + std::to_string(kRedirectUrlLengthMax) + " characters");
    const auto parts = utils::urlsplit(url);
    if (!parts) throw DisallowedRedirect("Unsafe redirect to a malformed URL");
    const std::string_view scheme = parts->scheme;
    if (!scheme.empty() && scheme != "http" && scheme != "https" && scheme != "ftp")
        throw DisallowedRedirect("Unsafe redirect to URL with protocol '" + parts->scheme + "'");
    Response response = text_response(status, {});
    response.set("Location", utils::iri_to_uri(url));
    return response;
}

}  // namespace

void check_header(std::string_view name, std::string_view value) {
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_character))
        throw BadHeaderError("Invalid header name '" + utils::quote(name, "") + "'.");
    check_value(value, "Header values");
}

FileBody::~FileBody() {
    if (descriptor_ >= 0 && !whole_) ::close(descriptor_);
}

Response::Response(std::string text, const ResponseOptions& options)
    : status_code(options.status), content(std::move(text)) {
    set_content_type(options.content_type);
    if (!options.reason.empty()) set_reason(options.reason);
}

Response::Response(std::string text, std::string_view content_type, int status)
    : Response(std::move(text), {.status = status, .content_type = content_type}) {}

void Response::set_reason(std::string_view reason) {
    check_value(reason, "Reason phrases");
    reason_ = reason;
}

void Response::set_content_type(std::string_view content_type) {
    if (content_type.empty()) content_type_ = {}, content_type_owned_.clear();
    for (std::string_view usual : kUsualTypes) {
        if (usual != content_type) continue;
        content_type_ = usual;
        content_type_owned_.clear();
        return;
    }
    check_value(content_type, "Header values");
    content_type_owned_ = std::string(content_type);
}

std::string_view Response::charset() const {
    constexpr std::string_view kParameter = "charset=";
    const std::string_view type = content_type();
    for (std::size_t at = type.find(';'); at != type.npos; at = type.find(';', at)) {
        at = std::min(type.find_first_not_of(" \t", at + 1), type.size());
        if (!header_name_equals(type.substr(at, kParameter.size()), kParameter)) continue;
        std::string_view value = type.substr(at + kParameter.size());
        value = value.substr(0, value.find_first_of("; \t"));
        if (value.size() > 1 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
        return value;
    }
    return "utf-8";
}

std::optional<std::string_view> Response::find(std::string_view name) const {
    if (is_content_type(name)) {
        if (content_type().empty()) return std::nullopt;
        return content_type();
    }
    for (std::string_view rest = block_; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find("\r\n"));
        if (line.size() > name.size() && line[name.size()] == ':' &&
            header_name_equals(line.substr(0, name.size()), name))
            return line.substr(name.size() + 2);
        rest.remove_prefix(line.size() + 2);
    }
    return std::nullopt;
}

std::string_view Response::get(std::string_view name, std::string_view otherwise) const {
    return find(name).value_or(otherwise);
}

void Response::remove(std::string_view name) {
    if (is_content_type(name)) return set_content_type({});
    const std::string kept(name);  // it may be a view into the block
    for (std::size_t at = 0; at < block_.size();) {
        const std::size_t size = block_.find("\r\n", at) + 2 - at;
        const std::string_view line = std::string_view(block_).substr(at, size);
        if (line.size() > kept.size() && line[kept.size()] == ':' &&
            header_name_equals(line.substr(0, kept.size()), kept)) {
            block_.erase(at, size);
        } else {
            at += size;
        }
    }
}

void Response::append(std::string_view name, std::string_view value) {
    check_header(name, value);
    if (is_content_type(name)) return set_content_type(value);
    // Either may be a view into the block: its bytes stay where they are until the line is written.
    const std::size_t size = block_.size() + name.size() + value.size() + 4;
    const bool has_to_grow = size > block_.capacity();
    std::string grown;
    if (has_to_grow) {
        grown.reserve(std::max(size, 2 * block_.capacity()));
        grown.append(block_);
    }
    (has_to_grow ? grown : block_).append(name).append(": ").append(value).append("\r\n");
    if (has_to_grow) block_ = std::move(grown);
}

void Response::set(std::string_view name, std::string_view value) {
    check_header(name, value);
    if (!has_header(name)) return append(name, value);
    const std::string kept_name(name), kept_value(value);  // they may be views into the block
    remove(kept_name);
    append(kept_name, kept_value);
}

void Response::setdefault(std::string_view name, std::string_view value) {
    if (!has_header(name)) append(name, value);
}

void Response::set_cookie(std::string_view name, std::string_view value, const CookieOptions& options) {
    const bool legal = !name.empty() &&
                       std::all_of(name.begin(), name.end(), [](char c) { return is_token_character(c) || c == ':'; });
    if (!legal) throw BadHeaderError("Illegal key '" + std::string(is_clean(name) ? name : "?") + "'");
    for (std::string_view attribute : {std::string_view(options.path), std::string_view(options.domain)}) {
        check_value(attribute, "Cookie attributes");
        if (attribute.find(';') != attribute.npos)
            throw BadHeaderError("Cookie attributes can't contain ';' (got '" + std::string(attribute) + "')");
    }
    const std::string samesite = lower(options.samesite);
    if (!samesite.empty() && samesite != "lax" && samesite != "none" && samesite != "strict")
        throw BadHeaderError("samesite must be \"lax\", \"none\", or \"strict\".");
    if (options.expires && options.max_age) throw BadHeaderError("'expires' and 'max_age' can't be used together.");

    Cookie cookie{.name = std::string(name),
                  .value = std::string(value),
                  .expires = {},
                  .max_age = options.max_age,
                  .path = options.path,
                  .domain = options.domain,
                  .secure = options.secure,
                  .httponly = options.httponly,
                  .samesite = options.samesite};
    if (options.expires) {
        // One second is added so that the date is reached when the age is.
        const Duration left = *options.expires - timezone::now() + seconds(1);
        cookie.max_age = std::max<std::int64_t>(0, utils::floor_div(left.microseconds, 1'000'000));
    }
    if (cookie.max_age) cookie.expires = utils::http_date(timezone::now() + seconds(*cookie.max_age));
    for (Cookie& known : cookies_) {
        if (known.name != name) continue;
        known = std::move(cookie);
        return;
    }
    cookies_.push_back(std::move(cookie));
}

void Response::set_signed_cookie(std::string_view name, std::string_view value, std::string_view salt,
                                 const CookieOptions& options) {
    set_cookie(name, signing::get_cookie_signer(std::string(name).append(salt)).sign(value), options);
}

void Response::delete_cookie(std::string_view name, std::string_view path, std::string_view domain,
                             std::string_view samesite) {
    const std::string kept(name);  // it may be the name in cookies_
    // Browsers refuse the deletion of such cookies unless the line is secure as well.
    const bool secure = name.substr(0, 9) == "__Secure-" || name.substr(0, 7) == "__Host-" || lower(samesite) == "none";
    set_cookie(name, {},
               {.max_age = 0,
                .path = std::string(path),
                .domain = std::string(domain),
                .secure = secure,
                .samesite = std::string(samesite)});
    for (Cookie& cookie : cookies_)
        if (cookie.name == kept) cookie.expires = "Thu, 01 Jan 1970 00:00:00 GMT";
}

const Cookie* Response::cookie(std::string_view name) const {
    for (const Cookie& cookie : cookies_)
        if (cookie.name == name) return &cookie;
    return nullptr;
}

void Response::append_headers(std::string& out) const {
    if (const std::string_view type = content_type(); !type.empty())
        out.append("Content-Type: ").append(type).append("\r\n");
    out.append(block_);
    for (const Cookie& cookie : cookies_) {
        out.append("Set-Cookie: ");
        cookie.append_to(out);
        out.append("\r\n");
    }
}

Response HttpResponseRedirect(std::string_view url, bool preserve_request) {
    return redirect_to(url, preserve_request ? 307 : 302);
}

Response HttpResponsePermanentRedirect(std::string_view url, bool preserve_request) {
    return redirect_to(url, preserve_request ? 308 : 301);
}

Response HttpResponseNotModified() {
    Response response = text_response(304, {});
    response.set_content_type({});
    return response;
}

Response HttpResponseBadRequest(std::string content) { return text_response(400, std::move(content)); }
Response HttpResponseForbidden(std::string content) { return text_response(403, std::move(content)); }
Response HttpResponseNotFound(std::string content) { return text_response(404, std::move(content)); }
Response HttpResponseGone(std::string content) { return text_response(410, std::move(content)); }
Response HttpResponseServerError(std::string content) { return text_response(500, std::move(content)); }

Response HttpResponseNotAllowed(std::initializer_list<std::string_view> permitted_methods) {
    Response response = text_response(405, {});
    std::string allow;
    for (std::string_view method : permitted_methods) allow.append(allow.empty() ? "" : ", ").append(method);
    response.set("Allow", allow);
    return response;
}

}  // namespace nuages::http

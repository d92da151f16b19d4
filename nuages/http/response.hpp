// Response: what a view gives back. One concrete type: the JSON, redirect and file responses only fill it in
// differently, so it can be returned by value and middleware can change it. Header fields stand in one flat block of
// lines; the usual content types are shared constants. A response with a short body therefore allocates nothing.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/http/cookies.hpp>
#include <nuages/http/errors.hpp>
#include <nuages/http/fwd.hpp>
#include <nuages/http/headers.hpp>
#include <nuages/http/status.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::http {

inline constexpr std::string_view kTextHtml = "text/html; charset=utf-8";
inline constexpr std::string_view kTextPlain = "text/plain; charset=utf-8";
inline constexpr std::string_view kApplicationJson = "application/json";

/// An open file that the server sends: bytes [offset, offset + size).
class FileBody : public RefCounted {
public:
    /// Takes over the descriptor.
    FileBody(int descriptor, std::uint64_t offset, std::uint64_t size)
        : descriptor_(descriptor), offset_(offset), size_(size) {}
    /// A part of another one.
    FileBody(Ref<FileBody> whole, std::uint64_t offset, std::uint64_t size)
        : descriptor_(whole->descriptor_), offset_(whole->offset_ + offset), size_(size), whole_(std::move(whole)) {}
    ~FileBody() override;
    int descriptor() const { return descriptor_; }
    std::uint64_t offset() const { return offset_; }
    std::uint64_t size() const { return size_; }

private:
    int descriptor_;
    std::uint64_t offset_;
    std::uint64_t size_;
    Ref<FileBody> whole_;
};

class Response;

/// What makes the content of a response later than its view: a template that middleware may still change
/// (views/template_response.hpp).
class DeferredContent : public RefCounted {
public:
    /// Fills RESPONSE; called once.
    virtual void render(Response& response) = 0;
};

/// Throws BadHeaderError when NAME is no token, or VALUE has CR, LF or NUL.
void check_header(std::string_view name, std::string_view value);

struct ResponseOptions {
    int status = 200;
    std::string_view content_type = kTextHtml;
    std::string_view reason = {};  // empty: the usual one of the status
};

class Response {
public:
    explicit Response(std::string content = {}, const ResponseOptions& options = {});
    /// As Django's HttpResponse(content, content_type=..., status=...).
    Response(std::string content, std::string_view content_type, int status = 200);

    int status_code = 200;
    std::string content;

    /// The reason phrase. set_reason throws BadHeaderError on control characters.
    std::string_view reason_phrase() const { return reason_.empty() ? status_reason(status_code) : reason_; }
    void set_reason(std::string_view reason);

    std::string_view content_type() const { return content_type_owned_.empty() ? content_type_ : content_type_owned_; }
    /// An empty one sends no Content-Type.
    void set_content_type(std::string_view content_type);

    /// The charset parameter of the content type; "utf-8" when it has none.
    std::string_view charset() const;

    // As a file: `content` grows.
    void write(std::string_view text) { content.append(text); }
    template <class Lines> void writelines(const Lines& lines) {
        for (const auto& line : lines) content.append(std::string_view(line));
    }
    std::size_t tell() const { return content.size(); }
    const std::string& getvalue() const { return content; }

    class Field;
    /// `response["X-Frame-Options"] = "DENY"` and `std::string_view value = response["Vary"]`.
    Field operator[](std::string_view name);
    std::string_view operator[](std::string_view name) const { return get(name); }
    /// The value of the first field of that name.
    std::string_view get(std::string_view name, std::string_view otherwise = {}) const;
    std::optional<std::string_view> find(std::string_view name) const;
    bool has_header(std::string_view name) const { return find(name).has_value(); }
    /// Replaces every field of that name. Throws BadHeaderError on CR, LF, NUL or an invalid name.
    void set(std::string_view name, std::string_view value);
    /// Adds a field beside those of the same name.
    void append(std::string_view name, std::string_view value);
    void setdefault(std::string_view name, std::string_view value);
    void remove(std::string_view name);
    /// Calls visit(name, value) for every field, Content-Type included, cookies not.
    template <class F> void for_each_header(F&& visit) const {
        if (!content_type().empty()) visit(std::string_view("Content-Type"), content_type());
        for (std::string_view rest = block_; !rest.empty();) {
            const std::string_view line = rest.substr(0, rest.find("\r\n"));
            const std::size_t colon = line.find(':');
            visit(line.substr(0, colon), line.substr(colon + 2));
            rest.remove_prefix(line.size() + 2);
        }
    }

    /// Throws BadHeaderError on a name or an attribute that would break the line.
    void set_cookie(std::string_view name, std::string_view value, const CookieOptions& options = {});
    /// A cookie that the client cannot change unnoticed: Request::get_signed_cookie() reads it. SALT is to be given there
    /// as well. The format is Django's.
    void set_signed_cookie(std::string_view name, std::string_view value, std::string_view salt = {},
                           const CookieOptions& options = {});
    /// Tells the client to forget the cookie.
    void delete_cookie(std::string_view name, std::string_view path = "/", std::string_view domain = {},
                       std::string_view samesite = {});
    const std::vector<Cookie>& cookies() const { return cookies_; }
    /// Adds a Set-Cookie line that is made already.
    void add_cookie(Cookie cookie) { cookies_.push_back(std::move(cookie)); }
    /// The Set-Cookie line of that name, or nullptr.
    const Cookie* cookie(std::string_view name) const;

    /// Appends all header lines with their CRLF: Content-Type, the block, Set-Cookie. The server adds Date,
    /// Content-Length and Connection, and the empty line.
    void append_headers(std::string& out) const;

    /// The file to send instead of `content`; null for most.
    const Ref<FileBody>& file() const { return file_; }
    void set_file(Ref<FileBody> file) { file_ = std::move(file); }
    /// Bytes that a GET sends, when it is no streaming response.
    std::uint64_t content_length() const { return file_ ? file_->size() : content.size(); }

    /// Whether middleware may still add to it: not for a file.
    bool is_file() const { return static_cast<bool>(file_); }

    /// Whether a function writes the body while it is sent (streaming.hpp); `content` is empty then.
    bool streaming() const { return static_cast<bool>(stream_); }
    const Function<void(ResponseStream&)>& streaming_content() const { return stream_; }
    /// An ENDLESS one is ended when the server drains, rather than waited for. An empty function: no stream.
    void set_streaming_content(Function<void(ResponseStream&)> write, bool endless = false) {
        stream_ = std::move(write);
        endless_ = endless;
    }
    bool is_endless() const { return endless_; }

    /// Null for most, and once the content is made.
    const Ref<DeferredContent>& deferred() const { return deferred_; }
    void set_deferred(Ref<DeferredContent> content) { deferred_ = std::move(content); }
    bool is_rendered() const { return !deferred_; }
    /// Makes the content, where that has been put off; does nothing a second time.
    Response& render() {
        if (const Ref<DeferredContent> content = std::exchange(deferred_, nullptr)) content->render(*this);
        return *this;
    }

    /// What takes the connection over once this response, a 101, is sent; mostly empty.
    const Function<void(UpgradedConnection&)>& upgrade() const { return upgrade_; }
    void set_upgrade(Function<void(UpgradedConnection&)> talk) { upgrade_ = std::move(talk); }

private:
    std::string_view content_type_;   // a constant
    std::string content_type_owned_;  // any other
    std::string reason_;
    std::string block_;  // "Name: value\r\n" ...
    std::vector<Cookie> cookies_;
    Ref<FileBody> file_;
    Ref<DeferredContent> deferred_;
    Function<void(ResponseStream&)> stream_;
    Function<void(UpgradedConnection&)> upgrade_;
    bool endless_ = false;
};

/// A header field of a response that can be read and assigned; lives only in an expression.
class Response::Field {
public:
    Field(Response& response, std::string_view name) : response_(response), name_(name) {}
    Field(const Field&) = default;
    Field& operator=(std::string_view value) { return response_.set(name_, value), *this; }
    Field& operator=(const Field& other) { return *this = std::string_view(other); }
    operator std::string_view() const { return response_.get(name_); }
    friend bool operator==(const Field& a, std::string_view b) { return std::string_view(a) == b; }

private:
    Response& response_;
    std::string_view name_;
};
inline Response::Field Response::operator[](std::string_view name) { return {*this, name}; }

/// 302 to `url` (percent-encoded as needed). Throws DisallowedRedirect unless http, https, ftp or relative.
/// With `preserve_request` 307.
Response HttpResponseRedirect(std::string_view url, bool preserve_request = false);
/// 301, with `preserve_request` 308.
Response HttpResponsePermanentRedirect(std::string_view url, bool preserve_request = false);
Response HttpResponseNotModified();                                                          // 304
Response HttpResponseBadRequest(std::string content = {});                                   // 400
Response HttpResponseForbidden(std::string content = {});                                    // 403
Response HttpResponseNotFound(std::string content = {});                                     // 404
Response HttpResponseNotAllowed(std::initializer_list<std::string_view> permitted_methods);  // 405 with Allow
Response HttpResponseGone(std::string content = {});                                         // 410
Response HttpResponseServerError(std::string content = {});                                  // 500

struct FileOptions {
    bool as_attachment = false;
    std::string filename = {};      // default: the path's last part
    std::string content_type = {};  // default: by the name's ending
};
/// Sends the file at `path`. Throws Http404 when it can't be opened or is no regular file.
Response FileResponse(const std::string& path, const FileOptions& options = {});

/// "text/css" and so on by the ending of a file name; application/octet-stream when unknown.
std::string_view guess_content_type(std::string_view file_name);

}  // namespace nuages::http

namespace nuages {
using http::FileResponse;
using http::HttpResponseBadRequest;
using http::HttpResponseForbidden;
using http::HttpResponseGone;
using http::HttpResponseNotAllowed;
using http::HttpResponseNotFound;
using http::HttpResponseNotModified;
using http::HttpResponsePermanentRedirect;
using http::HttpResponseRedirect;
using http::HttpResponseServerError;
}  // namespace nuages

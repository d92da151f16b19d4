// Request: views into the bytes that the server read, and what is made of them at the first use.
// One Request serves many exchanges: assign() forgets the last one and keeps the memory, so a plain request allocates
// nothing. It never moves: GET, POST and FILES know it.
#pragma once

#include <nuages/async/mutex.hpp>
#include <nuages/base/duration.hpp>
#include <nuages/base/fwd.hpp>
#include <nuages/http/cookies.hpp>
#include <nuages/http/errors.hpp>
#include <nuages/http/fwd.hpp>
#include <nuages/http/headers.hpp>
#include <nuages/http/querydict.hpp>
#include <nuages/http/request_meta.hpp>
#include <nuages/http/resolver_match.hpp>
#include <nuages/http/uploaded_file.hpp>
#include <nuages/utils/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nuages::http {

/// The settings that requests obey; the site makes one of them and keeps it alive.
struct RequestOptions {
    std::vector<std::string> allowed_hosts;
    bool debug = false;  // with no allowed_hosts, localhost is allowed
    bool use_x_forwarded_host = false;
    bool use_x_forwarded_port = false;
    /// SECURE_PROXY_SSL_HEADER: {"X-Forwarded-Proto", "https"}; an empty name trusts no header.
    std::string secure_proxy_header;
    std::string secure_proxy_value;
    /// The path that the site is mounted at, as "/shop": Request::path begins with it, path_info() does not.
    std::string script_name = {};
    std::size_t data_upload_max_memory_size = 2'621'440;
    std::size_t data_upload_max_number_fields = 1000;
    std::size_t data_upload_max_number_files = 100;
    std::size_t file_upload_max_memory_size = 2'621'440;
    std::string file_upload_temp_dir = {};  // empty: $TMPDIR, or /tmp
    std::size_t json_depth_max = 64;
    /// A header ("X-Request-ID") whose value becomes Request::id(): a trusted proxy must set it. Empty: none.
    std::string request_id_header = {};
};

/// The parts of a Host header: a valid domain in lower case without its final dot, and the port; both empty if invalid.
std::pair<std::string, std::string> split_domain_port(std::string_view host);
/// Whether a domain fits one of the patterns: a domain, ".domain" (with all below it), or "*".
bool validate_host(std::string_view domain, const std::vector<std::string>& allowed_hosts);

/// Options that allow any host and trust nothing: for tests and bare servers.
const RequestOptions& default_request_options();

/// Keyword arguments of get_signed_cookie().
struct SignedCookieOptions {
    std::string salt = {};
    std::optional<Duration> max_age = std::nullopt;
};

/// A body that lies elsewhere than in memory.
class BodySource {
public:
    virtual std::uint64_t size() const noexcept = 0;
    /// Reads at most SIZE bytes from OFFSET; 0 at the end. Throws Error. Also called on other threads than the request's.
    virtual std::size_t read_at(std::uint64_t offset, char* data, std::size_t size) const = 0;

protected:
    ~BodySource() = default;
};

/// What the server's parser found. All views must outlive the exchange.
struct RequestHead {
    std::string_view method;
    std::string_view target;  // "/a%20b?q=1" as sent
    Headers headers;
    std::string_view body;                    // in memory
    const BodySource* body_source = nullptr;  // or elsewhere
    Headers trailers;  // that stood behind a chunked body
    bool http_1_0 = false;
    bool is_tls = false;
    std::string_view remote_addr;
    std::uint16_t remote_port = 0;
    std::string_view server_name;
    std::uint16_t server_port = 80;
};

class Request {
public:
    Request() = default;
    explicit Request(const RequestHead& head, const RequestOptions& options = default_request_options()) {
        assign(head, options);
    }
    ~Request() { clear(); }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    /// Starts the next exchange: everything of the last one is gone, its memory is kept.
    void assign(const RequestHead& head, const RequestOptions& options = default_request_options());
    /// Destroys slots and forgets the exchange.
    void clear();

    std::string_view method;
    std::string_view path;          // decoded, script_name() and path_info(); invalid UTF-8 stays percent-encoded
    std::string_view query_string;  // as sent, without '?'
    Headers headers;
    QueryDict GET;
    QueryDict POST;       // of forms, urlencoded or multipart
    UploadedFiles FILES;  // of multipart forms
    Cookies COOKIES;
    const RequestMeta META{*this};
    ResolverMatch resolver_match;

    /// Fields that the client sent behind a chunked body; nothing of them reaches `headers`.
    const Headers& trailers() const { return head_.trailers; }
    /// Names this exchange in logs: what the trusted header says (RequestOptions::request_id_header; up to 128 visible
    /// characters), or 32 random hexadecimal digits, made at the first call.
    std::string_view id();

    std::string_view target() const { return head_.target; }
    /// The path below the one that the site is mounted at: what routes are matched against. Begins with '/'.
    std::string_view path_info() const { return path_info_; }
    /// What stands before it in `path`; empty for a site at the root.
    std::string_view script_name() const { return options_->script_name; }
    std::string_view remote_addr() const { return head_.remote_addr; }
    const RequestHead& head() const { return head_; }
    const RequestOptions& options() const { return *options_; }

    /// The whole body. Throws RequestDataTooBig past DATA_UPLOAD_MAX_MEMORY_SIZE.
    std::string_view body() const;
    /// Bytes of the body, decoded.
    std::uint64_t body_size() const noexcept;
    /// At most SIZE bytes of the body from where the last read() ended; empty at its end. No limit but SIZE: a body
    /// that is large lies in a temporary file. (Unlike Django's, body() and POST may be asked for afterwards.)
    std::string read(std::size_t size = std::string::npos);
    /// One line with its line feed; empty at the end of the body.
    std::string readline();
    std::vector<std::string> readlines();
    /// The body as JSON: objects are maps. Throws BadRequest on what is no JSON or nested deeper than
    /// RequestOptions::json_depth_max. (Include <nuages/utils/value.hpp>.)
    Value json() const;
    /// "application/json": the media type in lower case, without parameters.
    std::string_view content_type() const;
    /// A parameter of Content-Type ("charset"), or empty.
    std::string content_param(std::string_view name) const;
    /// All parameters of Content-Type.
    std::vector<std::pair<std::string, std::string>> content_params() const;

    /// The host as the client named it ("example.com:8000"), checked against ALLOWED_HOSTS. Throws DisallowedHost.
    std::string get_host() const;
    std::string get_port() const;
    std::string_view scheme() const { return is_secure() ? "https" : "http"; }
    bool is_secure() const;
    /// The path, percent-encoded as needed, with the query string.
    std::string get_full_path(bool force_append_slash = false) const;
    /// The same from path_info on.
    std::string get_full_path_info(bool force_append_slash = false) const;
    /// The value of a cookie that Response::set_signed_cookie() made. Throws signing::BadSignature when it was changed,
    /// signing::SignatureExpired when it is older than max_age, Error when there is none.
    std::string get_signed_cookie(std::string_view name, const SignedCookieOptions& options = {}) const;
    /// The same; nothing where that throws.
    std::optional<std::string> find_signed_cookie(std::string_view name, const SignedCookieOptions& options = {}) const;
    /// An absolute URL of `location` (default: of this request), relative to this request's.
    std::string build_absolute_uri() const;
    std::string build_absolute_uri(std::string_view location) const;

    /// The types of the client's Accept header, the best first. (Include <nuages/http/media_type.hpp>.)
    std::vector<MediaType> accepted_types() const;
    /// Whether the client's Accept header takes the media type.
    bool accepts(std::string_view media_type) const;
    /// The one of `media_types` that the client likes best; empty when it takes none.
    std::string_view get_preferred_type(const std::vector<std::string_view>& media_types) const;

    bool is_method(std::string_view name) const { return method == name; }

    /// A captured part of the URL, of an include's prefix too: `request.captured<std::int64_t>("pk")`.
    /// Throws Http404 when there is none or it is no value of that type. T: std::string, std::string_view, integers.
    template <class T> T captured(std::string_view name) const {
        if constexpr (std::is_integral_v<T>) {
            const std::int64_t number = captured_integer(name);
            if (!number_fits<T>(number)) refuse_number(name);
            return static_cast<T>(number);
        } else {
            return T(captured_text(name));
        }
    }

    /// One object of type T that lives until the exchange ends, made at the first use. Apps keep what belongs to a
    /// request in types of their own (session, user), so http knows none of them.
    template <class T> T& slot() {
        if (void* found = find_slot(&kSlotKey<T>)) return *static_cast<T*>(found);
        T* made = new T();
        add_slot(&kSlotKey<T>, made, [](void* object) { delete static_cast<T*>(object); });
        return *made;
    }
    /// Whether find_slot() may find anything.
    bool has_slots() const noexcept { return !slots_.empty(); }
    /// The object if there is one.
    template <class T> T* find_slot() const { return static_cast<T*>(find_slot(&kSlotKey<T>)); }

private:
    struct Slot {
        const void* key;
        void* object;
        void (*destroy)(void*);
    };
    template <class T> static inline char kSlotKey = 0;

    void* find_slot(const void* key) const;
    void add_slot(const void* key, void* object, void (*destroy)(void*));
    std::string_view captured_text(std::string_view name) const;
    std::int64_t captured_integer(std::string_view name) const;
    [[noreturn]] static void refuse_number(std::string_view name);
    std::string raw_host() const;
    void decode_path();
    void mount();
    std::string full_path(std::string_view path, bool force_append_slash) const;
    static void load_get(QueryDict& dict, const void* request);
    static void load_post(QueryDict& dict, const void* request);
    static void load_files(const void* request);
    void load_form();
    void load_multipart();
    std::size_t read_at(std::uint64_t offset, char* data, std::size_t size) const;

    RequestHead head_;
    const RequestOptions* options_ = nullptr;
    std::string path_storage_;
    std::string_view path_info_;
    std::vector<Slot> slots_;
    async::Mutex form_mutex_;  // a large form is read on another thread
    std::uint64_t read_position_ = 0;
    std::string id_;
    mutable std::string content_type_;
    mutable std::string body_storage_;
    mutable std::string_view body_;
    bool form_loaded_ = false;
    mutable bool content_type_parsed_ = false;
    mutable bool body_read_ = false;
};

}  // namespace nuages::http

#include <nuages/middleware/conditional.hpp>

#include <nuages/http/request.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/utils/http.hpp>

#include <openssl/evp.h>

#include <algorithm>

namespace nuages::middleware {
namespace {

using Etags = std::vector<std::string>;

bool contains(const Etags& etags, std::string_view etag) {
    return std::find(etags.begin(), etags.end(), etag) != etags.end();
}
bool is_any(const Etags& etags) { return etags.size() == 1 && etags[0] == "*"; }
std::string_view without_weakness(std::string_view etag) { return etag.starts_with("W/") ? etag.substr(2) : etag; }

/// If-Match compares strongly: a weak tag matches nothing.
bool if_match_passes(std::string_view etag, const Etags& wanted) {
    if (etag.empty()) return false;
    return is_any(wanted) || (!etag.starts_with("W/") && contains(wanted, etag));
}

/// If-None-Match compares weakly.
bool if_none_match_passes(std::string_view etag, const Etags& known) {
    if (etag.empty()) return true;
    if (is_any(known)) return false;
    return std::none_of(known.begin(), known.end(),
                        [&](const std::string& one) { return without_weakness(one) == without_weakness(etag); });
}

std::int64_t whole_seconds(DateTime at) { return at.microseconds / 1'000'000; }

/// RESPONSE as a 304: without its content and without the headers that describe it.
http::Response not_modified(http::Response response) {
    std::vector<std::string> dropped;
    response.for_each_header([&](std::string_view name, std::string_view) {
        for (std::string_view kept :
             {"Cache-Control", "Content-Location", "Content-Security-Policy", "Content-Security-Policy-Report-Only",
              "Date", "ETag", "Expires", "Last-Modified", "Vary"})
            if (http::header_name_equals(name, kept)) return;
        dropped.emplace_back(name);
    });
    for (const std::string& name : dropped) response.remove(name);
    response.set_content_type({});
    response.content.clear();
    response.set_file({});
    response.status_code = 304;
    response.set_reason({});
    return response;
}

http::Response conditional_get_call(http::Request& request, const http::Next& next) {
    http::Response response = next(request);
    if (request.method != "GET") return response;
    bool may_store = response.get("Cache-Control").find("no-store") == std::string_view::npos;
    if (!response.has_header("ETag") && may_store && !response.is_file() && !response.content.empty() &&
        response.status_code == 200)
        response.set("ETag", etag_of(response.content));
    Validators validators{.etag = std::string(response.get("ETag")),
                          .last_modified = utils::parse_http_date_safe(response.get("Last-Modified"))};
    if (validators.etag.empty() && !validators.last_modified) return response;
    return conditional_response(request, validators, std::move(response));
}

}  // namespace

Condition evaluate_condition(const http::Request& request, const Validators& validators) {
    Etags if_match = utils::parse_etags(request.headers["If-Match"]);
    Etags if_none_match = utils::parse_etags(request.headers["If-None-Match"]);
    auto unmodified_since = utils::parse_http_date_safe(request.headers["If-Unmodified-Since"]);
    auto modified_since = utils::parse_http_date_safe(request.headers["If-Modified-Since"]);
    bool reads = request.method == "GET" || request.method == "HEAD";
    const auto& modified = validators.last_modified;

    if (!if_match.empty() && !if_match_passes(validators.etag, if_match)) return Condition::failed;
    if (if_match.empty() && unmodified_since &&
        !(modified && whole_seconds(*modified) <= whole_seconds(*unmodified_since)))
        return Condition::failed;
    if (!if_none_match.empty() && !if_none_match_passes(validators.etag, if_none_match))
        return reads ? Condition::not_modified : Condition::failed;
    if (if_none_match.empty() && modified_since && modified &&
        whole_seconds(*modified) <= whole_seconds(*modified_since) && reads)
        return Condition::not_modified;
    return Condition::proceed;
}

http::Response conditional_response(const http::Request& request, const Validators& validators,
                                    http::Response response) {
    if (response.status_code < 200 || response.status_code >= 300) return response;
    switch (evaluate_condition(request, validators)) {
        case Condition::proceed: return response;
        case Condition::not_modified: return not_modified(std::move(response));
        case Condition::failed: return http::Response({}, {.status = 412});
    }
    return response;
}

std::string etag_of(std::string_view content) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_Digest(content.data(), content.size(), digest, &size, EVP_md5(), nullptr);
    static const char hex[] = "0123456789abcdef";
    std::string out = "\"";
    for (unsigned int i = 0; i < size; ++i) out += {hex[digest[i] >> 4], hex[digest[i] & 15]};
    return out + '"';
}

const http::Middleware conditional_get{.name = "conditional_get", .call = conditional_get_call};

}  // namespace nuages::middleware

#include <nuages/http/conditional.hpp>

#include <nuages/utils/crypto.hpp>
#include <nuages/utils/http.hpp>

#include <algorithm>
#include <vector>

namespace nuages::http {
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
Response not_modified(Response response) {
    std::vector<std::string> dropped;
    response.for_each_header([&](std::string_view name, std::string_view) {
        for (std::string_view kept :
             {"Cache-Control", "Content-Location", "Content-Security-Policy", "Content-Security-Policy-Report-Only",
              "Date", "ETag", "Expires", "Last-Modified", "Vary"})
            if (header_name_equals(name, kept)) return;
        dropped.emplace_back(name);
    });
    for (const std::string& name : dropped) response.remove(name);
    response.set_content_type({});
    response.content.clear();
    response.set_file({});
    response.set_streaming_content({});
    response.status_code = 304;
    response.set_reason({});
    return response;
}

std::string_view strip(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

}  // namespace

Condition evaluate_condition(const Request& request, const Validators& validators) {
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

Response conditional_response(const Request& request, const Validators& validators,
                                    Response response) {
    if (response.status_code < 200 || response.status_code >= 300) return response;
    switch (evaluate_condition(request, validators)) {
        case Condition::proceed: return response;
        case Condition::not_modified: return not_modified(std::move(response));
        case Condition::failed: return Response({}, {.status = 412});
    }
    return response;
}

Response conditional_response(const Request& request, Response response) {
    const bool is_safe = request.method == "GET" || request.method == "HEAD";
    if (!is_safe || response.status_code != 200) return response;
    const Validators validators{.etag = std::string(response.get("ETag")),
                                .last_modified = utils::parse_http_date_safe(response.get("Last-Modified"))};
    if (validators.etag.empty() && !validators.last_modified) return response;
    return conditional_response(request, validators, std::move(response));
}

std::string etag_of(std::string_view content) { return '"' + utils::md5_hex(content) + '"'; }

void set_response_etag(Response& response) {
    if (response.is_file() || response.streaming() || response.has_header("ETag") || response.content.empty()) return;
    response.set("ETag", etag_of(response.content));
}

void patch_vary_headers(Response& response, std::initializer_list<std::string_view> names) {
    std::vector<std::string> all;
    const std::string_view existing = response["Vary"];
    for (std::size_t start = 0; start < existing.size();) {
        const std::size_t comma = std::min(existing.find(',', start), existing.size());
        all.emplace_back(strip(existing.substr(start, comma - start)));
        start = comma + 1;
    }
    for (std::string_view name : names) {
        const bool known =
            std::any_of(all.begin(), all.end(), [&](const std::string& k) { return header_name_equals(k, name); });
        if (!known) all.emplace_back(name);
    }
    std::string vary;
    for (const std::string& name : all) {
        if (name == "*") return response.set("Vary", "*");
        vary.append(vary.empty() ? "" : ", ").append(name);
    }
    response.set("Vary", vary);
}

}  // namespace nuages::http

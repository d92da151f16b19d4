#include <nuages/http/conditional.hpp>

#include <nuages/utils/crypto.hpp>
#include <nuages/utils/http.hpp>

#include <algorithm>

namespace nuages::http {
namespace {

constexpr std::string_view kKeptBy304[] = {"Cache-Control", "Content-Location", "Date", "ETag",
                                           "Expires",       "Last-Modified",    "Vary"};

std::string_view strip(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string_view strong(std::string_view etag) { return etag.substr(0, 2) == "W/" ? etag.substr(2) : etag; }

bool passes_if_match(const std::optional<std::string>& etag, const std::vector<std::string>& wanted) {
    if (!etag) return false;
    if (wanted.size() == 1 && wanted[0] == "*") return true;
    if (etag->substr(0, 2) == "W/") return false;
    return std::find(wanted.begin(), wanted.end(), *etag) != wanted.end();
}

bool passes_if_none_match(const std::optional<std::string>& etag, const std::vector<std::string>& known) {
    if (!etag) return true;
    if (known.size() == 1 && known[0] == "*") return false;
    return std::none_of(known.begin(), known.end(), [&](const std::string& k) { return strong(k) == strong(*etag); });
}

Response not_modified(const Response& response) {
    Response answer = HttpResponseNotModified();
    response.for_each_header([&](std::string_view name, std::string_view value) {
        for (std::string_view kept : kKeptBy304)
            if (header_name_equals(kept, name)) answer.append(name, value);
    });
    for (const Cookie& cookie : response.cookies()) answer.add_cookie(cookie);
    return answer;
}

}  // namespace

Response conditional_response(const Request& request, Response response, const std::optional<std::string>& etag,
                              std::optional<DateTime> last_modified) {
    const auto etags = [&](std::string_view name) { return utils::parse_etags(request.headers[name]); };
    const auto date = [&](std::string_view name) { return utils::parse_http_date_safe(request.headers[name]); };
    const bool is_safe = request.method == "GET" || request.method == "HEAD";
    if (last_modified) last_modified->microseconds -= last_modified->time().microsecond();

    // The order of RFC 9110, 13.2.2.
    const auto if_match = etags("If-Match"), if_none_match = etags("If-None-Match");
    const auto if_unmodified_since = date("If-Unmodified-Since"), if_modified_since = date("If-Modified-Since");
    if (!if_match.empty() && !passes_if_match(etag, if_match)) return Response({}, {.status = 412});
    if (if_match.empty() && if_unmodified_since && (!last_modified || *last_modified > *if_unmodified_since))
        return Response({}, {.status = 412});
    if (!if_none_match.empty() && !passes_if_none_match(etag, if_none_match))
        return is_safe ? not_modified(response) : Response({}, {.status = 412});
    if (if_none_match.empty() && if_modified_since && is_safe && last_modified && *last_modified <= *if_modified_since)
        return not_modified(response);
    return response;
}

Response conditional_response(const Request& request, Response response) {
    const bool is_safe = request.method == "GET" || request.method == "HEAD";
    if (!is_safe || response.status_code != 200) return response;
    std::optional<std::string> etag;
    if (const auto found = response.find("ETag")) etag = std::string(*found);
    const auto last_modified = utils::parse_http_date_safe(response.get("Last-Modified"));
    if (!etag && !last_modified) return response;
    return conditional_response(request, std::move(response), etag, last_modified);
}

void set_response_etag(Response& response) {
    if (response.is_file() || response.has_header("ETag") || response.content.empty()) return;
    response.set("ETag", '"' + utils::md5_hex(response.content) + '"');
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

// django.utils.http, django.utils.encoding, django.utils.ipv6.
#include "runner.hpp"

#include <nuages/base/error.hpp>
#include <nuages/utils/base64.hpp>
#include <nuages/utils/http.hpp>
#include <nuages/utils/ip.hpp>
#include <nuages/utils/url.hpp>

namespace nuages::conformance {
namespace {

// Text or bytes; null is None.
std::string text_or_bytes(const json::value& value) {
    if (type_tag(value) == "bytes") return utils::base64_decode(value.at("base64").as_string()).value();
    return text(value);
}

template <std::string (*F)(std::string_view)> json::value text_function(const Case& one) {
    if (one.arg(0).is_null()) return nullptr;
    return json::value(F(text_or_bytes(one.arg(0))));
}

json::value filepath_to_uri(const Case& one) {
    if (one.arg(0).is_null()) return nullptr;
    return json::value(utils::filepath_to_uri(text(one.arg(0))));
}

json::value repercent(const Case& one) { return bytes(utils::repercent_broken_unicode(text_or_bytes(one.arg(0)))); }

std::string query_text(const json::value& value) {
    if (value.is_null()) throw WrongType("None in a query");
    if (type_tag(value) == "bytes") return text_or_bytes(value);
    return str(value);
}

bool is_sequence(const json::value& value) { return value.is_array() || type_tag(value) == "tuple"; }
const json::array& items(const json::value& value) {
    return value.is_array() ? value.as_array() : value.at("items").as_array();
}

json::value urlencode(const Case& one) {
    std::vector<std::pair<std::string, std::string>> pairs;
    const bool doseq = truthy(one.arg(1, "doseq"), false);
    const auto add = [&](const json::value& key, const json::value& value) {
        if (!is_sequence(value)) {
            pairs.emplace_back(query_text(key), query_text(value));
        } else if (doseq) {
            for (const json::value& item : items(value)) pairs.emplace_back(query_text(key), query_text(item));
        } else {
            throw Skip("the text of a Python list: no such argument in C++");
        }
    };
    const json::value& query = one.arg(0);
    if (type_tag(query) == "multivaluedict" || is_sequence(query)) {
        for (const json::value& pair : items(query)) add(items(pair).at(0), items(pair).at(1));
    } else {
        for (const auto& [key, value] : query.as_object()) add(json::value(key), value);
    }
    return json::value(utils::urlencode(pairs));
}

json::value http_date(const Case& one) {
    if (one.arg(0).is_null()) return json::value(utils::http_date(timezone::now()));
    return json::value(utils::http_date(DateTime::from_timestamp(one.arg(0).to_number<std::int64_t>())));
}

json::value parse_http_date(const Case& one) { return utils::parse_http_date(text(one.arg(0))).timestamp(); }

json::value parse_http_date_safe(const Case& one) {
    if (one.arg(0).is_null()) return nullptr;
    const auto at = utils::parse_http_date_safe(text(one.arg(0)));
    return at ? json::value(at->timestamp()) : json::value();
}

json::value parse_header_parameters(const Case& one) {
    const std::string line = one.arg(0).is_null() ? std::string{} : text(one.arg(0));
    std::size_t length_max = utils::kHeaderLengthMax;
    if (one.fields.contains("kwargs") && one.at("kwargs").as_object().contains("max_length"))
        length_max = one.keyword("max_length").is_null() ? std::string::npos
                                                         : static_cast<std::size_t>(integer(one.keyword("max_length")));
    const auto parsed = utils::parse_header_parameters(line, length_max);
    json::object parameters;
    for (const auto& [name, value] : parsed.parameters) parameters[name] = value;
    return json::array{json::value(parsed.value), parameters};
}

json::value content_disposition_header(const Case& one) {
    const auto header =
        utils::content_disposition_header(truthy(one.arg(0), false), one.arg(1).is_null() ? "" : text(one.arg(1)));
    return header ? json::value(*header) : json::value();
}

json::value parse_etags(const Case& one) {
    json::array out;
    for (const std::string& etag : utils::parse_etags(text(one.arg(0)))) out.emplace_back(etag);
    return out;
}

json::value is_same_domain(const Case& one) { return utils::is_same_domain(text(one.arg(0)), text(one.arg(1))); }

json::value url_has_allowed_host_and_scheme(const Case& one) {
    if (one.arg(0).is_null()) return false;
    std::vector<std::string> hosts;
    const json::value& allowed = one.arg(1, "allowed_hosts");
    if (allowed.is_string()) {
        hosts.push_back(text(allowed));
    } else if (!allowed.is_null()) {
        const json::value list = normalized(allowed);
        for (const json::value& host : items(list)) hosts.push_back(text(host));
    }
    const std::vector<std::string_view> views(hosts.begin(), hosts.end());
    const std::string url =
        one.arg(0).is_string() || !type_tag(one.arg(0)).empty() ? text_or_bytes(one.arg(0)) : text(one.arg(0));
    return utils::url_has_allowed_host_and_scheme(url, views, truthy(one.arg(2, "require_https"), false));
}

json::value int_to_base36(const Case& one) {
    if (type_tag(one.arg(0)) == "int")
        return json::value(utils::int_to_base36(std::stoull(std::string(one.arg(0).at("value").as_string()))));
    const std::int64_t number = integer(one.arg(0));
    if (number < 0) throw Refused("ValueError", "Negative base36 conversion input.");
    return json::value(utils::int_to_base36(static_cast<std::uint64_t>(number)));
}

json::value base36_to_int(const Case& one) { return utils::base36_to_int(text(one.arg(0))); }

json::value urlsafe_base64_encode(const Case& one) {
    return json::value(utils::urlsafe_base64_encode(text_or_bytes(one.arg(0))));
}

json::value urlsafe_base64_decode(const Case& one) {
    const auto decoded = utils::urlsafe_base64_decode(text(one.arg(0)));
    if (!decoded) throw Refused("ValueError", "Incorrect padding");
    return bytes(*decoded);
}

json::value is_valid_ipv6_address(const Case& one) {
    if (one.arg(0).is_array() || (one.arg(0).is_object() && type_tag(one.arg(0)).empty())) return false;
    return utils::is_valid_ipv6_address(str(one.arg(0)));
}

json::value clean_ipv6_address(const Case& one) {
    const json::value& length = one.arg(3, "max_length");
    const auto cleaned = utils::clean_ipv6_address(
        text(one.arg(0)), truthy(one.arg(1, "unpack_ipv4"), false),
        length.is_null() ? utils::kMaxIpv6AddressLength : static_cast<std::size_t>(integer(length)));
    if (cleaned) return json::value(*cleaned);
    const json::value& message = one.arg(2, "error_message");
    throw Refused("ValidationError",
                  "['" + (message.is_null() ? std::string("This is not a valid IPv6 address.") : text(message)) + "']");
}

}  // namespace

HandlerTable utils_http_handlers() {
    return {
        {"utils.encoding.escape_uri_path", text_function<utils::escape_uri_path>},
        {"utils.encoding.filepath_to_uri", filepath_to_uri},
        {"utils.encoding.iri_to_uri", text_function<utils::iri_to_uri>},
        {"utils.encoding.repercent_broken_unicode", repercent},
        {"utils.encoding.uri_to_iri", text_function<utils::uri_to_iri>},
        {"utils.http.base36_to_int", base36_to_int},
        {"utils.http.content_disposition_header", content_disposition_header},
        {"utils.http.escape_leading_slashes", text_function<utils::escape_leading_slashes>},
        {"utils.http.http_date", http_date},
        {"utils.http.int_to_base36", int_to_base36},
        {"utils.http.is_same_domain", is_same_domain},
        {"utils.http.parse_etags", parse_etags},
        {"utils.http.parse_header_parameters", parse_header_parameters},
        {"utils.http.parse_http_date", parse_http_date},
        {"utils.http.parse_http_date_safe", parse_http_date_safe},
        {"utils.http.quote_etag", text_function<utils::quote_etag>},
        {"utils.http.url_has_allowed_host_and_scheme", url_has_allowed_host_and_scheme},
        {"utils.http.urlencode", urlencode},
        {"utils.http.urlsafe_base64_decode", urlsafe_base64_decode},
        {"utils.http.urlsafe_base64_encode", urlsafe_base64_encode},
        {"utils.ipv6.clean_ipv6_address", clean_ipv6_address},
        {"utils.ipv6.is_valid_ipv6_address", is_valid_ipv6_address},
    };
}

}  // namespace nuages::conformance

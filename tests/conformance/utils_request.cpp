// django.http: requests, QueryDict, cookies.
#include "runner.hpp"

#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>
#include <nuages/utils/base64.hpp>

namespace nuages::conformance {
namespace {

// A request as the case describes it, with all that it points to.
class CaseRequest {
public:
    explicit CaseRequest(const Case& one) {
        std::string server_port = "80";
        for (const auto& [key, value] : one.at("meta").as_object()) {
            const std::string name(key);
            if (name == "SERVER_NAME") server_name_ = str(value);
            if (name == "SERVER_PORT") server_port = str(value);
            if (name.substr(0, 5) != "HTTP_") continue;
            fields_.emplace_back(name.substr(5), text(value));
        }
        for (auto& [name, value] : fields_) {
            for (char& c : name)
                if (c == '_') c = '-';
            views_.push_back({name, value});
        }
        const auto& settings = one.at("host_settings").as_object();
        for (const json::value& host : settings.at("ALLOWED_HOSTS").as_array())
            options_.allowed_hosts.push_back(str(host));
        options_.debug = settings.at("DEBUG").as_bool();
        options_.use_x_forwarded_host = settings.at("USE_X_FORWARDED_HOST").as_bool();
        options_.use_x_forwarded_port = settings.at("USE_X_FORWARDED_PORT").as_bool();
        target_ = "/";
        if (const std::string query = str(one.at("query")); !query.empty()) target_ += "?" + query;
        path_ = str(one.at("path"));
        head_ = {.method = "GET",
                 .target = target_,
                 .headers = {views_.data(), views_.size()},
                 .is_tls = one.at("scheme").as_string() == "https",
                 .server_name = server_name_,
                 .server_port = static_cast<std::uint16_t>(std::stoi(server_port))};
        request_.assign(head_, options_);
        request_.path = path_;
    }
    http::Request* operator->() { return &request_; }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
    std::vector<http::HeaderView> views_;
    std::string server_name_ = "testserver", target_, path_;
    http::RequestOptions options_;
    http::RequestHead head_;
    http::Request request_;
};

json::value get_host(const Case& one) { return json::value(CaseRequest(one)->get_host()); }
json::value get_port(const Case& one) { return json::value(CaseRequest(one)->get_port()); }
json::value get_full_path(const Case& one) {
    return json::value(CaseRequest(one)->get_full_path(truthy(one.arg(0, "force_append_slash"), false)));
}
json::value build_absolute_uri(const Case& one) {
    CaseRequest request(one);
    const json::value& location = one.arg(0, "location");
    return json::value(location.is_null() ? request->build_absolute_uri()
                                          : request->build_absolute_uri(text(location)));
}
json::value accepts(const Case& one) { return CaseRequest(one)->accepts(text(one.arg(0))); }
json::value get_preferred_type(const Case& one) {
    std::vector<std::string> types;
    const json::value list = normalized(one.arg(0));
    for (const json::value& type : list.as_array()) types.push_back(text(type));
    CaseRequest request(one);
    const std::string_view type = request->get_preferred_type({types.begin(), types.end()});
    return type.empty() ? json::value() : json::value(type);
}

json::value split_domain_port(const Case& one) {
    const auto [domain, port] = http::split_domain_port(text(one.arg(0)));
    return json::array{json::value(domain), json::value(port)};
}

json::value validate_host(const Case& one) {
    std::vector<std::string> allowed;
    for (const json::value& host : one.arg(1).as_array()) allowed.push_back(text(host));
    return http::validate_host(text(one.arg(0)), allowed);
}

json::value lists_of(const http::QueryDict& dict) {
    json::array out;
    for (const auto& [key, values] : dict.lists()) {
        json::array list;
        for (const std::string& value : values) list.emplace_back(value);
        out.push_back(json::array{json::value(key), list});
    }
    return out;
}

json::value query_dict(const Case& one) {
    const json::value& encoding = one.keyword("encoding");
    if (!encoding.is_null() && text(encoding) != "utf-8")
        throw Skip("other encodings of forms than UTF-8 are not wanted");
    std::string query = type_tag(one.arg(0)) == "bytes" ? utils::base64_decode(one.arg(0).at("base64").as_string()).value()
                        : one.arg(0).is_null()          ? std::string{}
                                                        : text(one.arg(0));
    const http::QueryDict dict(query, false,
                               static_cast<std::size_t>(integer(one.setting("DATA_UPLOAD_MAX_NUMBER_FIELDS"))));
    return {{"lists", lists_of(dict)}, {"urlencode", dict.urlencode()}};
}

json::value query_dict_urlencode(const Case& one) {
    http::QueryDict dict;
    for (const json::value& item : one.arg(0).as_array()) {
        std::vector<std::string> values;
        for (const json::value& value : item.at(1).as_array()) values.push_back(str(value));
        dict.setlist(text(item.at(0)), values);
    }
    return json::value(dict.urlencode(one.keyword("safe").is_null() ? "" : text(one.keyword("safe"))));
}

json::value parse_cookie(const Case& one) {
    const std::string header = text(one.arg(0));
    json::array out;
    for (const auto& cookie : http::Cookies(header))
        out.push_back(json::array{json::value(cookie.name), json::value(cookie.value)});
    return out;
}

std::string cookie_line(const http::Response& response) {
    std::string line;
    response.cookies().back().append_to(line);
    return line;
}

std::string text_or(const json::value& value, std::string otherwise) {
    return value.is_null() ? std::move(otherwise) : text(value);
}

json::value set_cookie(const Case& one) {
    http::CookieOptions options;
    const json::value& max_age = one.keyword("max_age");
    if (type_tag(max_age) == "timedelta") {
        options.max_age = max_age.at("microseconds_total").to_number<std::int64_t>() / 1'000'000;
    } else if (max_age.is_number()) {
        options.max_age = static_cast<std::int64_t>(max_age.to_number<double>());
    }
    const json::value& expires = one.keyword("expires");
    if (expires.is_string()) throw Skip("an expiry date given as text: no such argument in C++");
    if (type_tag(expires) == "datetime") options.expires = DateTime::parse(text(expires.at("iso")));
    if (one.has("kwargs") && one.at("kwargs").as_object().contains("path"))
        options.path = text_or(one.keyword("path"), "");
    options.domain = text_or(one.keyword("domain"), "");
    options.samesite = text_or(one.keyword("samesite"), "");
    options.secure = truthy(one.keyword("secure"), false);
    options.httponly = truthy(one.keyword("httponly"), false);
    http::Response response;
    response.set_cookie(text(one.arg(0)), one.count() > 1 ? str(one.arg(1)) : std::string{}, options);
    return json::value(cookie_line(response));
}

json::value delete_cookie(const Case& one) {
    http::Response response;
    response.delete_cookie(text(one.arg(0)), text_or(one.keyword("path"), "/"), text_or(one.keyword("domain"), ""),
                           text_or(one.keyword("samesite"), ""));
    return json::value(cookie_line(response));
}

}  // namespace

HandlerTable utils_request_handlers() {
    return {
        {"http.HttpRequest.accepts", accepts},
        {"http.HttpRequest.build_absolute_uri", build_absolute_uri},
        {"http.HttpRequest.get_full_path", get_full_path},
        {"http.HttpRequest.get_host", get_host},
        {"http.HttpRequest.get_port", get_port},
        {"http.HttpRequest.get_preferred_type", get_preferred_type},
        {"http.HttpResponse.delete_cookie", delete_cookie},
        {"http.HttpResponse.set_cookie", set_cookie},
        {"http.QueryDict", query_dict},
        {"http.QueryDict.urlencode", query_dict_urlencode},
        {"http.cookie.parse_cookie", parse_cookie},
        {"http.request.split_domain_port", split_domain_port},
        {"http.request.validate_host", validate_host},
    };
}

}  // namespace nuages::conformance

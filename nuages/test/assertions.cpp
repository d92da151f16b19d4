#include <nuages/test/assertions.hpp>

#include <nuages/http/json.hpp>
#include <nuages/utils/value.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace nuages::test::detail {

namespace {

std::string beginning(std::string_view text) {
    constexpr std::size_t kShown = 2000;
    return text.size() <= kShown ? std::string(text) : std::string(text.substr(0, kShown)) + " ...";
}

int count_of(std::string_view text, std::string_view part) {
    int count = 0;
    for (std::size_t at = 0; !part.empty() && (at = text.find(part, at)) != text.npos; at += part.size()) ++count;
    return count;
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

testing::AssertionResult redirects(const ClientResponse& response, std::string_view url, int status) {
    std::string location(response.get("Location"));
    int code = response.status_code;
    if (!response.redirect_chain.empty()) {
        location = response.redirect_chain.back().first;
        code = response.redirect_chain.back().second;
    }
    if (!is_redirect(code)) {
        return testing::AssertionFailure() << "Response didn't redirect as expected: status code was " << code << "\n"
                                           << beginning(response.content);
    }
    if (status != 0 && code != status)
        return testing::AssertionFailure() << "Response redirected with status " << code << ", expected " << status;
    if (location != url)
        return testing::AssertionFailure() << "Response redirected to '" << location << "', expected '" << url << "'";
    return testing::AssertionSuccess();
}

testing::AssertionResult contains(const ClientResponse& response, std::string_view text, int count, int status) {
    if (response.status_code != status) {
        return testing::AssertionFailure() << "Couldn't retrieve content: Response code was " << response.status_code
                                           << " (expected " << status << ")\n"
                                           << beginning(response.content);
    }
    const std::string body = response.text();
    const int found = count_of(body, text);
    if (count < 0 ? found > 0 : found == count) return testing::AssertionSuccess();
    if (count < 0)
        return testing::AssertionFailure() << "Couldn't find '" << text << "' in the response\n" << beginning(body);
    return testing::AssertionFailure() << "Found " << found << " instances of '" << text << "' (expected " << count
                                       << ") in the response\n"
                                       << beginning(body);
}

testing::AssertionResult lacks(const ClientResponse& response, std::string_view text, int status) {
    return contains(response, text, 0, status);
}

testing::AssertionResult template_used(const ClientResponse& response, std::string_view name, bool is_used) {
    const auto& all = response.templates;
    if ((std::find(all.begin(), all.end(), name) != all.end()) == is_used) return testing::AssertionSuccess();
    std::string list;
    for (const std::string& each : all) list.append(list.empty() ? "" : ", ").append(each);
    if (!is_used)
        return testing::AssertionFailure() << "Template '" << name << "' was used unexpectedly in rendering the response";
    if (all.empty()) return testing::AssertionFailure() << "No templates used to render the response";
    return testing::AssertionFailure() << "Template '" << name
                                       << "' was not a template used to render the response. Actual template(s) used: " << list;
}

testing::AssertionResult json_equals(const ClientResponse& response, std::string_view expected) {
    const std::string body = response.text();
    try {
        if (http::json::loads(body).equals(http::json::loads(expected))) return testing::AssertionSuccess();
    } catch (const BadRequest& error) {
        return testing::AssertionFailure() << error.what() << "\n" << beginning(body);
    }
    return testing::AssertionFailure() << "The response is\n" << beginning(body) << "\nexpected\n" << expected;
}

testing::AssertionResult url_equals(std::string_view one, std::string_view other) {
    const auto normalized = [](std::string_view url) {
        const std::size_t hash = std::min(url.find('#'), url.size());
        const std::size_t mark = std::min(url.substr(0, hash).find('?'), hash);
        std::vector<std::string> parameters;
        for (std::size_t at = mark + 1; at < hash;) {
            const std::size_t end = std::min(url.find('&', at), hash);
            parameters.emplace_back(url.substr(at, end - at));
            at = end + 1;
        }
        std::stable_sort(parameters.begin(), parameters.end(), [](const std::string& a, const std::string& b) {
            return a.substr(0, a.find('=')) < b.substr(0, b.find('='));
        });
        std::string out(url.substr(0, mark));
        for (const std::string& parameter : parameters) out.append("&").append(parameter);
        return out.append(url.substr(hash));
    };
    if (normalized(one) == normalized(other)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "Expected '" << one << "' to equal '" << other << "'.";
}

testing::AssertionResult has_message(std::string_view message, std::string_view text) {
    if (message.find(text) != message.npos) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "\"" << text << "\" not found in \"" << message << "\"";
}

testing::AssertionResult num_queries(const db::QueryStats& stats, std::int64_t expected) {
    if (stats.count == expected) return testing::AssertionSuccess();
    auto failure = testing::AssertionFailure()
                   << stats.count << " queries executed, " << expected << " expected\nCaptured queries were:";
    int number = 0;
    for (const std::string& statement : stats.statements) failure << "\n" << ++number << ". " << statement;
    return failure;
}

}  // namespace nuages::test::detail

// A request target, its query, its cookies and its Host as the application sees them.
#include <nuages/base/error.hpp>
#include <nuages/http/request.hpp>
#include <nuages/utils/utf8.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::size_t line = text.find('\n');
    const std::string target = "/" + text.substr(0, line);
    const std::string other = line == text.npos ? std::string() : text.substr(line + 1);
    const nuages::http::HeaderView headers[] = {{"Host", other}, {"Cookie", other}, {"Accept", other}, {"Content-Type", other}};
    nuages::http::Request request;
    request.assign({.method = "GET", .target = target, .headers = {headers, 4}});
    if (!nuages::utils::is_utf8(request.path)) std::abort();
    try {
        std::size_t pairs = 0;
        request.GET.for_each([&](std::string_view, std::string_view) { ++pairs; });
        if (pairs > 1000) std::abort();
        for (const auto& cookie : request.COOKIES) (void)cookie.name.size();
        (void)request.accepts("text/html");
        (void)request.content_params();
        (void)request.get_full_path();
        (void)request.build_absolute_uri();
    } catch (const nuages::Error&) {
    }
    return 0;
}

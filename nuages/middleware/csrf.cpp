#include <nuages/middleware/csrf.hpp>

#include <nuages/base/log.hpp>
#include <nuages/http/conditional.hpp>
#include <nuages/http/request.hpp>
#include <nuages/middleware/detail/csrf_page.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/utils/crypto.hpp>
#include <nuages/utils/http.hpp>
#include <nuages/utils/url.hpp>
#include <nuages/utils/utf8.hpp>

#include <algorithm>

namespace nuages::middleware {
namespace {

constexpr std::string_view kCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// What is known of a request's secret.
struct CsrfState {
    std::string secret;  // empty: none yet
    bool is_read = false;
    bool needs_update = false;
    bool is_accepted = false;
};

const CsrfOptions& csrf_options() { return options().csrf; }

/// The secret of the cookie; nothing without a cookie. REASON says why there is one that is none.
std::optional<std::string> secret_of_cookie(const http::Request& request, std::string_view& reason) {
    const auto cookie = request.COOKIES.find(csrf_options().cookie_name);
    if (!cookie) return std::nullopt;
    if (const auto problem = token_format_problem(*cookie)) {
        reason = *problem;
        return std::nullopt;
    }
    return cookie->size() == kCsrfTokenLength ? unmask_cipher_token(*cookie) : std::string(*cookie);
}

void add_new_secret(CsrfState& state) {
    state.secret = utils::get_random_string(kCsrfSecretLength, kCharacters);
    state.needs_update = true;
}

CsrfState& state_of(http::Request& request) {
    CsrfState& state = request.slot<CsrfState>();
    if (std::exchange(state.is_read, true)) return state;
    std::string_view reason;
    if (auto secret = secret_of_cookie(request, reason)) {
        state.secret = std::move(*secret);
    } else if (!reason.empty()) {
        add_new_secret(state);
    }
    return state;
}

bool is_origin_trusted(const http::Request& request, std::string_view origin) {
    try {
        if (origin == std::string(request.scheme()) + "://" + request.get_host()) return true;
    } catch (const http::DisallowedHost&) {  // a trusted origin may still say so
    }
    const auto given = utils::urlsplit(origin);
    for (const std::string& trusted : csrf_options().trusted_origins) {
        if (origin == trusted) return true;
        const auto pattern = utils::urlsplit(trusted);
        if (!given || !pattern || given->scheme != pattern->scheme || !pattern->netloc.starts_with("*.")) continue;
        if (utils::is_same_domain(given->netloc, std::string_view(pattern->netloc).substr(1))) return true;
    }
    return false;
}

/// Why the Referer of a request over https will not do; nothing when it does.
std::optional<std::string> referer_problem(const http::Request& request) {
    const auto header = request.headers.find("Referer");
    if (!header) return "Referer checking failed - no Referer.";
    const auto referer = utils::urlsplit(*header);
    if (!referer || referer->scheme.empty() || referer->netloc.empty()) return "Referer checking failed - Referer is malformed.";
    if (referer->scheme != "https") return "Referer checking failed - Referer is insecure while host is secure.";
    for (const std::string& trusted : csrf_options().trusted_origins) {
        const auto origin = utils::urlsplit(trusted);
        if (!origin) continue;
        std::string_view host = origin->netloc;
        while (host.starts_with('*')) host.remove_prefix(1);
        if (utils::is_same_domain(referer->netloc, host)) return std::nullopt;
    }
    const std::string wrong = "Referer checking failed - " + std::string(*header) + " does not match any trusted origins.";
    std::string good = csrf_options().cookie_domain;
    if (good.empty()) {
        try {
            good = request.get_host();
        } catch (const http::DisallowedHost&) {
            return wrong;
        }
    } else if (const std::string port = request.get_port(); port != "443" && port != "80") {
        good += ":" + port;
    }
    if (utils::is_same_domain(referer->netloc, good)) return std::nullopt;
    return wrong;
}

/// Why the request's token will not do; nothing when it does.
std::optional<std::string> token_problem(http::Request& request) {
    std::string_view reason;
    const auto secret = secret_of_cookie(request, reason);
    if (!reason.empty()) return "CSRF cookie " + std::string(reason) + ".";
    if (!secret) return "CSRF cookie not set.";
    std::string token, source = "POST";
    if (request.method == "POST") {
        try {
            token = request.POST["csrfmiddlewaretoken"];
        } catch (const http::UnreadablePostError&) {  // the client has gone
        }
    }
    if (token.empty()) {
        const auto header = request.headers.find(csrf_options().header_name);
        if (!header) return "CSRF token missing.";
        token = *header;
        source = "the '" + csrf_options().header_name + "' HTTP header";
    }
    if (const auto problem = token_format_problem(token)) return "CSRF token from " + source + " " + std::string(*problem) + ".";
    if (!does_token_match(token, *secret)) return "CSRF token from " + source + " incorrect.";
    return std::nullopt;
}

std::optional<std::string> problem_of(http::Request& request) {
    for (const char* method : {"GET", "HEAD", "OPTIONS", "TRACE"})
        if (request.method == method) return std::nullopt;
    if (request.find_slot<DontEnforceCsrfChecks>()) return std::nullopt;
    if (const auto origin = request.headers.find("Origin")) {
        if (!is_origin_trusted(request, *origin))
            return "Origin checking failed - " + std::string(*origin) + " does not match any trusted origins.";
    } else if (request.is_secure()) {
        if (auto problem = referer_problem(request)) return problem;
    }
    return token_problem(request);
}

/// The answer to a request that is refused; nothing when it may go on.
std::optional<http::Response> refusal(http::Request& request) {
    CsrfState& state = state_of(request);
    if (state.is_accepted) return std::nullopt;
    const auto problem = problem_of(request);
    if (!problem) {
        state.is_accepted = true;
        return std::nullopt;
    }
    log::warning("nuages.security.csrf", "Forbidden (" + *problem + "): " + std::string(request.path));
    if (csrf_options().failure_view) return csrf_options().failure_view(request, *problem);
    return detail::csrf_failure(request, *problem, options().debug);
}

void send_cookie(http::Request& request, http::Response& response) {
    CsrfState& state = request.slot<CsrfState>();
    if (!std::exchange(state.needs_update, false)) return;
    const CsrfOptions& settings = csrf_options();
    const auto age = settings.cookie_age > 0 ? std::optional(settings.cookie_age) : std::nullopt;
    response.set_cookie(settings.cookie_name, state.secret,
                        {.max_age = age,
                         .path = settings.cookie_path,
                         .domain = settings.cookie_domain,
                         .secure = settings.cookie_secure,
                         .httponly = settings.cookie_httponly,
                         .samesite = settings.cookie_samesite});
    http::patch_vary_headers(response, {"Cookie"});
}

http::Response csrf_call(http::Request& request, const http::Next& next) {
    state_of(request);
    request.slot<http::ViewHooks>().push_back([](http::Request& asked) -> std::optional<http::Response> {
        if (asked.resolver_match.has_flag(http::RouteFlag::csrf_exempt)) return std::nullopt;
        return refusal(asked);
    });
    http::Response response = next(request);
    send_cookie(request, response);
    return response;
}

}  // namespace

std::string mask_cipher_secret(std::string_view secret, std::string_view mask) {
    std::string token(mask);
    for (std::size_t i = 0; i < secret.size() && i < mask.size(); ++i)
        token += kCharacters[(kCharacters.find(secret[i]) + kCharacters.find(mask[i])) % kCharacters.size()];
    return token;
}

std::string unmask_cipher_token(std::string_view token) {
    std::string secret;
    for (std::size_t i = 0; i < token.size() / 2; ++i) {
        const std::size_t mask = kCharacters.find(token[i]), cipher = kCharacters.find(token[token.size() / 2 + i]);
        secret += kCharacters[(cipher + kCharacters.size() - mask) % kCharacters.size()];
    }
    return secret;
}

bool does_token_match(std::string_view token, std::string_view secret) {
    if (token.size() != kCsrfTokenLength) return utils::constant_time_compare(token, secret);
    return utils::constant_time_compare(unmask_cipher_token(token), secret);
}

std::optional<std::string_view> token_format_problem(std::string_view token) {
    const std::size_t length = utils::utf8_length(token);
    if (length != kCsrfTokenLength && length != kCsrfSecretLength) return "has incorrect length";
    if (token.find_first_not_of(kCharacters) != token.npos) return "has invalid characters";
    return std::nullopt;
}

std::string get_token(http::Request& request) {
    CsrfState& state = state_of(request);
    if (state.secret.empty()) add_new_secret(state);
    state.needs_update = true;  // the cookie's age begins anew
    return mask_cipher_secret(state.secret, utils::get_random_string(kCsrfSecretLength, kCharacters));
}

void rotate_token(http::Request& request) { add_new_secret(state_of(request)); }

http::Response csrf_protected(http::Request& request, FunctionRef<http::Response()> view, bool rejects) {
    state_of(request);
    auto refused = rejects ? refusal(request) : std::nullopt;
    http::Response response = refused ? *std::move(refused) : view();
    send_cookie(request, response);
    return response;
}

const http::Middleware csrf{.name = "csrf", .after = {"sessions"}, .call = csrf_call};

}  // namespace nuages::middleware

// Django's security checks for the settings that exist here. Ids and texts are Django's, where the text names a Django
// class it names our middleware instead.
#include <nuages/site/detail/system_checks.hpp>

#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/swapping.hpp>
#include <nuages/site/site.hpp>

#include <algorithm>
#include <cctype>
#include <string>

namespace nuages::site::detail {
namespace {

using checks::Message;
using Messages = std::vector<Message>;

constexpr std::size_t kSecretKeyMinLength = 50;
constexpr std::size_t kSecretKeyMinUniqueCharacters = 5;
constexpr std::string_view kInsecurePrefix = "nuages-insecure-";

bool has_middleware(const Settings& settings, std::string_view name) {
    return std::any_of(settings.middleware.begin(), settings.middleware.end(),
                       [&](const http::Middleware& middleware) { return middleware.name == name; });
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

std::string middleware_missing(std::string_view name, std::string_view effect) {
    return "You do not have '" + std::string(name) + "' in your MIDDLEWARE, so " + std::string(effect);
}

bool is_weak(const std::string& key) {
    std::string distinct = key;
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    return key.size() < kSecretKeyMinLength || distinct.size() < kSecretKeyMinUniqueCharacters ||
           key.starts_with(kInsecurePrefix) || key.starts_with("django-insecure-");
}

std::string weak_key_text(std::string_view name) {
    return "Your " + std::string(name) + " has less than " + std::to_string(kSecretKeyMinLength) +
           " characters, less than " + std::to_string(kSecretKeyMinUniqueCharacters) +
           " unique characters, or it's prefixed with '" + std::string(kInsecurePrefix) +
           "'. Please generate a long and random value, otherwise many of Nuages's security-critical features will be "
           "vulnerable to attack.";
}

void check_transport(const Settings& settings, Messages& found) {
    if (settings.secure_hsts_seconds == 0) {
        found.push_back(checks::Warning(
            "You have not set a value for the SECURE_HSTS_SECONDS setting. If your entire site is served only over "
            "SSL, you may want to consider setting a value and enabling HTTP Strict Transport Security. Be sure to "
            "read the documentation first; enabling HSTS carelessly can cause serious, irreversible problems.",
            "", "", "security.W004"));
    } else {
        if (!settings.secure_hsts_include_subdomains)
            found.push_back(checks::Warning(
                "You have not set the SECURE_HSTS_INCLUDE_SUBDOMAINS setting to True. Without this, your site is "
                "potentially vulnerable to attack via an insecure connection to a subdomain. Only set this to True if "
                "you are certain that all subdomains of your domain should be served exclusively via SSL.",
                "", "", "security.W005"));
        if (!settings.secure_hsts_preload)
            found.push_back(checks::Warning(
                "You have not set the SECURE_HSTS_PRELOAD setting to True. Without this, your site cannot be submitted "
                "to the browser preload list.",
                "", "", "security.W021"));
    }
    if (!settings.secure_ssl_redirect)
        found.push_back(checks::Warning(
            "Your SECURE_SSL_REDIRECT setting is not set to True. Unless your site should be available over both SSL "
            "and non-SSL connections, you may want to either set this setting True or configure a load balancer or "
            "reverse-proxy server to redirect all connections to HTTPS.",
            "", "", "security.W008"));
}

bool is_referrer_policy(std::string_view policy) {
    for (std::string_view known : {"no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin",
                                   "same-origin", "strict-origin", "strict-origin-when-cross-origin", "unsafe-url"})
        if (policy == known) return true;
    return false;
}

bool are_referrer_policies(std::string_view text) {
    while (true) {
        std::size_t comma = text.find(',');
        std::string_view item = text.substr(0, comma);
        while (item.starts_with(' ')) item.remove_prefix(1);
        while (item.ends_with(' ')) item.remove_suffix(1);
        if (!is_referrer_policy(item)) return false;
        if (comma == text.npos) return true;
        text.remove_prefix(comma + 1);
    }
}

void check_headers(const Settings& settings, Messages& found) {
    if (!settings.secure_content_type_nosniff)
        found.push_back(checks::Warning(
            "Your SECURE_CONTENT_TYPE_NOSNIFF setting is not set to True, so your pages will not be served with an "
            "'X-Content-Type-Options: nosniff' header. You should consider enabling this header to prevent the "
            "browser from identifying content types incorrectly.",
            "", "", "security.W006"));
    if (settings.secure_referrer_policy.empty())
        found.push_back(checks::Warning(
            "You have not set the SECURE_REFERRER_POLICY setting. Without this, your site will not send a "
            "Referrer-Policy header. You should consider enabling this header to protect user privacy.",
            "", "", "security.W022"));
    else if (!are_referrer_policies(settings.secure_referrer_policy))
        found.push_back(checks::Error("You have set the SECURE_REFERRER_POLICY setting to an invalid value.",
                                      "Valid values are: no-referrer, no-referrer-when-downgrade, origin, "
                                      "origin-when-cross-origin, same-origin, strict-origin, "
                                      "strict-origin-when-cross-origin, unsafe-url.",
                                      "", "security.E023"));
    const std::string& opener = settings.secure_cross_origin_opener_policy;
    if (!opener.empty() && opener != "same-origin" && opener != "same-origin-allow-popups" && opener != "unsafe-none")
        found.push_back(checks::Error("You have set the SECURE_CROSS_ORIGIN_OPENER_POLICY setting to an invalid value.",
                                      "Valid values are: same-origin, same-origin-allow-popups, unsafe-none.", "",
                                      "security.E024"));
}

Messages check_security_middleware(const Settings& settings) {
    Messages found;
    if (has_middleware(settings, "security")) {
        check_transport(settings, found);
        check_headers(settings, found);
    } else {
        found.push_back(checks::Warning(
            middleware_missing(
                "security",
                "the SECURE_HSTS_SECONDS, SECURE_CONTENT_TYPE_NOSNIFF, SECURE_REFERRER_POLICY, "
                "SECURE_CROSS_ORIGIN_OPENER_POLICY, and SECURE_SSL_REDIRECT settings will have no effect."),
            "", "", "security.W001"));
    }
    return found;
}

Messages check_xframe(const Settings& settings) {
    if (!has_middleware(settings, "xframe"))
        return {checks::Warning(
            middleware_missing("xframe",
                               "your pages will not be served with an 'x-frame-options' header. Unless there "
                               "is a good reason for your site to be served in a frame, you should consider "
                               "enabling this header to help prevent clickjacking attacks."),
            "", "", "security.W002")};
    if (settings.x_frame_options != "DENY")
        return {checks::Warning(
            "You have 'xframe' in your MIDDLEWARE, but X_FRAME_OPTIONS is not set to 'DENY'. Unless there is a good "
            "reason for your site to serve other parts of itself in a frame, you should change it to 'DENY'.",
            "", "", "security.W019")};
    return {};
}

Messages check_csrf(const Settings& settings) {
    if (!has_middleware(settings, "csrf"))
        return {checks::Warning(
            "You don't appear to be using cross-site request forgery protection ('csrf' is not in your MIDDLEWARE). Enabling "
            "the middleware is the safest approach to ensure you don't leave any holes.",
            "", "", "security.W003")};
    if (!settings.csrf_cookie_secure)
        return {checks::Warning(
            "You have 'csrf' in your MIDDLEWARE, but you have not set CSRF_COOKIE_SECURE to True. Using a secure-only CSRF "
            "cookie makes it more difficult for network traffic sniffers to steal the CSRF token.",
            "", "", "security.W016")};
    return {};
}

Messages check_deployment(const Settings& settings) {
    Messages found;
    if (is_weak(settings.secret_key))
        found.push_back(checks::Warning(weak_key_text("SECRET_KEY"), "", "", "security.W009"));
    for (std::size_t i = 0; i < settings.secret_key_fallbacks.size(); ++i)
        if (is_weak(settings.secret_key_fallbacks[i]))
            found.push_back(checks::Warning(weak_key_text("SECRET_KEY_FALLBACKS[" + std::to_string(i) + "]"), "", "",
                                            "security.W025"));
    if (settings.debug)
        found.push_back(
            checks::Warning("You should not have DEBUG set to True in deployment.", "", "", "security.W018"));
    if (settings.allowed_hosts.empty())
        found.push_back(checks::Warning("ALLOWED_HOSTS must not be empty in deployment.", "", "", "security.W020"));
    return found;
}

Messages check_static(const Settings& settings) {
    Messages found;
    if (!settings.static_root.empty())
        for (const std::string& folder : settings.staticfiles_dirs)
            if (folder == settings.static_root)
                found.push_back(
                    checks::Error("The STATICFILES_DIRS setting should not contain the STATIC_ROOT setting.", "", "",
                                  "staticfiles.E002"));
    return found;
}

/// Where a relation leads: to no model yet, or to one in whose place the site put another.
void check_relation(const db::models::Field& field, Messages& found) {
    const std::string name = field.model->label() + "." + field.name, &setting = field.relation.swappable;
    if (!setting.empty() && !db::models::find_swapped_in(setting)) {
        found.push_back(checks::Error("Field defines a relation with the model that " + setting + " names, which is not installed.",
                                      "Name a model in the settings: ." + lower(setting) + " = models::ref<...>.", name, "fields.E300"));
        return;
    }
    using db::models::OnDelete;
    const OnDelete rule = field.relation.on_delete;
    if (field.is_foreign_key() && (rule == OnDelete::SET_NULL || rule == OnDelete::DB_SET_NULL) && !field.null)
        found.push_back(checks::Error("Field specifies on_delete=SET_NULL, but cannot be null.",
                                      "Make it Nullable<" + std::string(db::models::field_class_name(field)) +
                                          "<...>>, or change the on_delete rule.",
                                      name, "fields.E320"));
    if (field.is_foreign_key() && rule == OnDelete::SET_DEFAULT && !field.has_default)
        found.push_back(checks::Error("Field specifies on_delete=SET_DEFAULT, but has no default value.",
                                      "Set a default value, or change the on_delete rule.", name, "fields.E321"));
    const db::models::ModelMeta& target = field.target();
    if (!db::models::swapped_for(target)) return;
    found.push_back(checks::Error("Field defines a relation with the model '" + target.label() + "', which has been swapped out.",
                                  "Update the relation to point at 'settings." + target.swappable +
                                      "': a class that derives from models::Swappable.",
                                  name, "fields.E301"));
}

Messages check_relations(const Site& site) {
    Messages found;
    for (const db::models::ModelMeta* model : site.registry().models()) {
        for (const db::models::Field& field : model->fields) {
            if (!field.is_foreign_key() && field.kind != db::models::FieldKind::many_to_many) continue;
            try {
                check_relation(field, found);
            } catch (const ImproperlyConfigured& error) {  // the other model belongs to no app
                found.push_back(checks::Error(error.message(), "", model->label() + "." + field.name, "fields.E300"));
            }
        }
    }
    return found;
}

}  // namespace

std::vector<checks::Check> system_checks(const Site& site) {
    auto over = [&site](Messages (*check)(const Settings&)) {
        return [&site, check] { return check(site.settings()); };
    };
    return {
        {.run = [&site] { return check_relations(site); }, .tags = {"models"}},
        {.run = over(check_static), .tags = {"staticfiles"}},
        {.run = over(check_security_middleware), .tags = {"security"}, .deploy = true},
        {.run = over(check_xframe), .tags = {"security"}, .deploy = true},
        {.run = over(check_csrf), .tags = {"security"}, .deploy = true},
        {.run = over(check_deployment), .tags = {"security"}, .deploy = true},
    };
}

}  // namespace nuages::site::detail

#include <nuages/site/settings.hpp>

#include <algorithm>
#include <cctype>

namespace nuages::site {
namespace {

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
    return text;
}

/// The value of one member as a line; TEMPLATES lists its own members.
template <class T> void append(std::vector<SettingLine>& lines, std::string_view name, const T& member) {
    if constexpr (std::is_same_v<T, formats::Settings>) {
        list_members(member, "FORMATS", lines);
    } else if constexpr (std::is_same_v<T, TemplateSettings>) {
        std::vector<SettingLine> parts;
        list_members(member, "TEMPLATES", parts);
        for (SettingLine& part : parts) lines.push_back({upper(part.name), part.value});
    } else if constexpr (std::is_same_v<T, std::vector<std::pair<std::string, cache::CacheOptions>>>) {
        for (const auto& [alias, options] : member) {
            std::vector<SettingLine> parts;
            list_members(options, "CACHES." + alias, parts);
            for (SettingLine& part : parts) lines.push_back({upper(part.name), part.value});
        }
    } else if constexpr (std::is_same_v<T, std::vector<AppSettings>>) {
        for (const AppSettings& settings : member) settings.list(lines);
    } else {
        lines.push_back({upper(std::string(name)), is_secret(name) ? std::string(kMask) : setting_text_of(member)});
    }
}

void require_slash(std::string_view name, const std::string& url) {
    if (!url.empty() && !url.ends_with('/'))
        throw ImproperlyConfigured("If set, " + std::string(name) + " must end with a slash");
}

}  // namespace

std::string script_name_of(std::string_view path, std::string_view setting) {
    while (path.ends_with('/')) path.remove_suffix(1);
    const bool is_plain = std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c != 0x7f; });
    const bool is_path = path.empty() || (path[0] == '/' && path.find_first_of("?#\\") == path.npos);
    if (!is_plain || !is_path || path.starts_with("//"))
        throw ImproperlyConfigured(std::string(setting) + " must be a path such as '/shop', not '" + std::string(path) + "'.");
    return std::string(path);
}

std::vector<SettingLine> listing(const Settings& settings) {
    std::vector<SettingLine> lines;
    utils::for_each_member(settings, [&](std::string_view name, const auto& member) { append(lines, name, member); });
    return lines;
}

void validate(const Settings& settings) {
    if (settings.secret_key.empty()) throw ImproperlyConfigured("The SECRET_KEY setting must not be empty.");
    require_slash("STATIC_URL", settings.static_url);
    require_slash("MEDIA_URL", settings.media_url);
    if (settings.force_script_name) script_name_of(*settings.force_script_name, "FORCE_SCRIPT_NAME");
    for (const std::string& origin : settings.csrf_trusted_origins)
        if (origin.find("://") == origin.npos)
            throw ImproperlyConfigured("The values in the CSRF_TRUSTED_ORIGINS setting must start with a scheme (usually http:// or "
                                       "https://) but found " + origin + ".");
    for (std::size_t i = 0; i < settings.databases.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (settings.databases[i].first == settings.databases[j].first)
                throw ImproperlyConfigured("DATABASES has two entries '" + settings.databases[i].first + "'");
    bool has_default = settings.databases.empty();
    for (const auto& [alias, url] : settings.databases) has_default = has_default || alias == "default";
    if (!has_default) throw ImproperlyConfigured("You must define a 'default' database.");
}

}  // namespace nuages::site

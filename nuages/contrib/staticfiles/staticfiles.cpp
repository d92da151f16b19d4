#include <nuages/contrib/staticfiles/staticfiles.hpp>

#include <nuages/contrib/staticfiles/detail/commands.hpp>
#include <nuages/http/conditional.hpp>
#include <nuages/site/hooks.hpp>
#include <nuages/site/site.hpp>
#include <nuages/urls/resolver.hpp>
#include <nuages/utils/url.hpp>

#include <algorithm>
#include <sys/stat.h>

namespace nuages::contrib::staticfiles {
namespace {

constexpr std::size_t kHashDigits = 12;
constexpr std::int64_t kMaxAgeSeconds = 60;
constexpr std::string_view kForEver = "max-age=315360000, public, immutable";

struct StaticFiles;
const StaticFiles* g_current = nullptr;

/// The static files of the current site: a slot of its registry, filled by the app's ready().
struct StaticFiles {
    Finder finder;
    std::string static_url = "/static/";  ///< the setting: below the site's mount, an absolute path, or another server's
    std::int64_t max_age_seconds = kMaxAgeSeconds;

    ~StaticFiles() {
        if (g_current == this) g_current = nullptr;
    }

    /// The file's path when REQUEST asks for one of ours.
    std::optional<std::string_view> path_of(const http::Request& request) const {
        if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
        if (static_url.find("://") != static_url.npos) return std::nullopt;
        const std::string_view below = request.path_info();
        if (!static_url.starts_with('/')) {  // below the mount, whether a proxy takes that off the path or not
            const std::string_view wanted = below.substr(1);
            return wanted.starts_with(static_url) ? std::optional(wanted.substr(static_url.size())) : std::nullopt;
        }
        for (const std::string_view path : {request.path, below})
            if (path.starts_with(static_url)) return path.substr(static_url.size());
        return std::nullopt;
    }

    std::optional<http::Response> answer(const http::Request& request) const {
        auto path = path_of(request);
        return path ? serve(request, finder, *path, max_age_seconds) : std::nullopt;
    }

    std::string url(std::string_view path) const {
        std::string_view end = path.substr(std::min(path.find_first_of("?#"), path.size()));
        std::string_view name = path.substr(0, path.size() - end.size());
        const conf::EmbeddedFile* file = finder.find_embedded(name);
        return routing::below_script_prefix(static_url) + utils::filepath_to_uri(file ? hashed_name(name, file->hash) : std::string(name)) +
               std::string(end);
    }
};

std::string content_type_of(std::string_view path) {
    std::string type(http::guess_content_type(path));
    if (type.starts_with("text/") || type == "application/javascript") type += "; charset=utf-8";
    return type;
}

std::string etag_of(const FoundFile& file) {
    if (file.embedded) return "\"" + std::string(file.embedded->hash.substr(0, 32)) + "\"";
    return http::file_etag(file.modified_microseconds, file.size);
}

/// "css/site.0123456789ab.css" as the plain name and the hash; nothing when it does not look like that.
std::optional<std::pair<std::string, std::string_view>> split_hashed_name(std::string_view path) {
    std::size_t slash = path.rfind('/');
    std::size_t name_begin = slash == path.npos ? 0 : slash + 1;
    std::size_t last_dot = path.rfind('.');
    if (last_dot == path.npos || last_dot < name_begin) return std::nullopt;
    auto is_hash = [](std::string_view text) {
        return text.size() == kHashDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
    };
    std::string_view extension = path.substr(last_dot + 1);
    if (is_hash(extension)) return std::pair{std::string(path.substr(0, last_dot)), extension};
    std::size_t dot = path.substr(0, last_dot).rfind('.');
    if (dot == path.npos || dot < name_begin) return std::nullopt;
    std::string_view hash = path.substr(dot + 1, last_dot - dot - 1);
    if (!is_hash(hash)) return std::nullopt;
    return std::pair{std::string(path.substr(0, dot)) + std::string(path.substr(last_dot)), hash};
}

http::Response response_of(const http::Request& request, FoundFile file, std::string_view cache_control) {
    http::Response response({}, {.content_type = content_type_of(file.path)});
    if (file.embedded)
        response.content = std::string(file.embedded->content());
    else
        response.set_file(make_ref<http::FileBody>(file.descriptor, 0, file.size));
    http::Validators validators{.etag = etag_of(file), .last_modified = DateTime{file.modified_microseconds}};
    response.set("ETag", validators.etag);
    response.set("Last-Modified", utils::http_date(*validators.last_modified));
    response.set("Cache-Control", cache_control);
    response.set("Access-Control-Allow-Origin", "*");
    response.set("Accept-Ranges", "bytes");
    return http::conditional_response(request, validators, std::move(response));
}

http::Response whitenoise_call(http::Request& request, const http::Next& next) {
    if (g_current)
        if (auto response = g_current->answer(request)) return std::move(*response);
    return next(request);
}

void ready(site::Registry& registry) {
    const site::Settings& settings = site::current().settings();
    StaticFiles& files = registry.slot<StaticFiles>();
    files.finder = Finder(settings, registry);
    if (!settings.debug && !settings.static_root.empty()) files.finder.add_folder(settings.static_root);
    files.static_url = settings.static_url;
    files.max_age_seconds = settings.debug ? 0 : kMaxAgeSeconds;
    g_current = &files;
    auto& hooks = registry.slot<site::SiteHooks>();
    hooks.static_url = [&files](std::string_view path) { return files.url(path); };
    hooks.development_handlers.push_back([&files](http::Handler inner) -> http::Handler {
        return [&files, inner](http::Request& request) {
            auto response = files.answer(request);
            return response ? std::move(*response) : inner(request);
        };
    });
}

std::vector<checks::Message> check_folders() {
    std::vector<checks::Message> found;
    for (const std::string& folder : site::current().settings().staticfiles_dirs) {
        struct stat status {};
        if (::stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
            found.push_back(
                checks::Warning("The directory '" + folder + "' in the STATICFILES_DIRS setting does not exist.", "",
                                "", "staticfiles.W004"));
    }
    return found;
}

}  // namespace

std::string hashed_name(std::string_view path, std::string_view hash) {
    std::size_t slash = path.rfind('/');
    std::size_t dot = path.rfind('.');
    if (dot == path.npos || (slash != path.npos && dot < slash)) dot = path.size();
    std::string out(path.substr(0, dot));
    out += ".";
    out += hash.substr(0, kHashDigits);
    out += path.substr(dot);
    return out;
}

std::optional<http::Response> serve(const http::Request& request, const Finder& finder, std::string_view path,
                                    std::int64_t max_age_seconds) {
    if (auto file = finder.open(path)) {
        std::string cache_control = "max-age=" + std::to_string(max_age_seconds) + ", public";
        return response_of(request, std::move(*file), cache_control);
    }
    if (auto parts = split_hashed_name(path)) {
        const conf::EmbeddedFile* embedded = is_safe_path(parts->first) ? finder.find_embedded(parts->first) : nullptr;
        if (embedded && embedded->hash.starts_with(parts->second))
            return response_of(request, *finder.open(parts->first), kForEver);
    }
    return std::nullopt;
}

std::string static_(std::string_view path) {
    if (g_current) return g_current->url(path);
    throw ImproperlyConfigured("static_() needs staticfiles::app in INSTALLED_APPS.");
}

const Finder* detail::current_finder() { return g_current ? &g_current->finder : nullptr; }

const http::Middleware whitenoise{.name = "whitenoise", .after = {"security"}, .call = whitenoise_call};

const site::App app{
    .name = "staticfiles",
    .verbose_name = "Static Files",
    .commands = {&detail::collectstatic_command, &detail::findstatic_command},
    .checks = {{.run = check_folders, .tags = {"staticfiles"}}},
    .ready = ready,
};

}  // namespace nuages::contrib::staticfiles

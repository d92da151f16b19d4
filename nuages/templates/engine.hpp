// Engine: finds, compiles and keeps templates, and holds what their tags ask the site for.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/conf/embedded.hpp>
#include <nuages/templates/context.hpp>
#include <nuages/templates/errors.hpp>
#include <nuages/templates/language.hpp>
#include <nuages/templates/library.hpp>
#include <nuages/templates/loader.hpp>
#include <nuages/templates/template.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::templates {

/// What {% url %} asks the site to reverse.
struct UrlCall {
    std::string_view name;
    const std::vector<Value>& args;
    const std::vector<std::pair<std::string_view, Value>>& kwargs;
    std::string_view current_app;
};

/// How an engine is set up (django: TEMPLATES[..]["OPTIONS"]).
struct EngineOptions {
    /// Folders searched first, in order.
    std::vector<std::string> dirs;
    /// The templates folders of the installed apps, searched next, in order.
    std::vector<std::string> app_dirs;
    /// Tables of files in the binary, searched last, in order.
    std::vector<conf::EmbeddedFiles> embedded;
    /// Templates held by name, searched before all others (django: locmem.Loader).
    std::vector<std::pair<std::string, std::string>> in_memory;
    /// In this order; none: locmem, filesystem, app_directories and embedded, cached. Templates of a loader that does
    /// not stand in `loaders::cached` are looked at again on each use.
    std::vector<Ref<const Loader>> loaders;
    /// Compiles them; none: Django's template language.
    Ref<const Language> language;
    /// Looks at the files' times on each use and compiles again what changed; for development.
    bool auto_reload = false;
    /// Keeps source places in errors of rendering too.
    bool debug = false;
    bool autoescape = true;
    /// Printed for a variable that does not exist; a %s in it is the variable's text.
    std::string string_if_invalid;
    /// For {% load name %}: cache, i18n, l10n, static and tz. An entry of `libraries` takes the place of one of them.
    bool standard_libraries = true;
    std::vector<std::pair<std::string, Ref<const Library>>> libraries;
    /// Loaded into every template.
    std::vector<Ref<const Library>> builtins;
    /// Answers {% url %}; throws an Error named NoReverseMatch.
    Function<std::string(const UrlCall&)> reverse_url;
    /// Answers {% static %}: the address of a static file.
    Function<std::string(std::string_view path)> static_url;
    std::string static_prefix = "/static/";
    std::string media_prefix = "/";
    /// The urlize filter links addresses without a scheme to https (django: URLIZE_ASSUME_HTTPS).
    bool urlize_assume_https = false;
};

/// Compiles and caches templates (django.template.Engine). All members may be called from any thread.
class Engine {
public:
    explicit Engine(EngineOptions options);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// The template NAME, or a part of it with "name#partial"; throws TemplateDoesNotExist, TemplateSyntaxError.
    Ref<const Template> get_template(std::string_view name) const;
    /// The first of NAMES that exists.
    Ref<const Template> select_template(std::initializer_list<std::string_view> names) const;
    Ref<const Template> select_template(const std::vector<std::string>& names) const;
    /// Compiles text that no loader holds. The engine must outlive what it compiles.
    Ref<const Template> from_string(std::string source) const;

    std::string render_to_string(std::string_view name, Context& context) const;

    /// Forgets what was compiled.
    void reset() const;
    /// The names of all templates the loaders can see, sorted: for checks ahead of time.
    std::vector<std::string> template_names() const;

    const EngineOptions& options() const noexcept;
    /// Before templates are rendered.
    void set_url_prefixes(std::string static_prefix, std::string media_prefix);
    const Library* find_library(std::string_view name) const noexcept;

    struct State;
    const State& state() const noexcept { return *state_; }

private:
    State* state_;
};

/// A template as a value of a context: for {% include page %} and {% extends page %}. It keeps the template alive.
Value to_value(const Template& page);

/// The engine that `render()` uses; set once at start-up (django.template.engines).
void set_default_engine(const Engine* engine) noexcept;
/// Throws ImproperlyConfigured before one was set.
const Engine& default_engine();

/// No engine has that alias (django.template.utils.InvalidTemplateEngineError).
NUAGES_DEFINE_ERROR(InvalidTemplateEngine, Error);
/// Engines beside the default one, by alias; set once at start-up, and alive as long as they are asked for.
void set_engines(std::vector<std::pair<std::string, const Engine*>> engines);
/// The engine of ALIAS; "default" and an empty alias are default_engine().
const Engine& engines(std::string_view alias);
/// "default", then those of set_engines().
std::vector<std::string> engine_aliases();

}  // namespace nuages::templates

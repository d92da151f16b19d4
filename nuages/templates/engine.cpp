#include <nuages/templates/engine.hpp>

#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/engine_state.hpp>
#include <nuages/templates/detail/lexer.hpp>
#include <nuages/templates/detail/parsing.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <mutex>

namespace nuages::templates {

namespace {

const Engine* default_engine_set = nullptr;

bool skips(const std::vector<std::string_view>& skip, std::string_view origin) {
    return std::find(skip.begin(), skip.end(), origin) != skip.end();
}

}  // namespace

Engine::State::State(const Engine& engine, EngineOptions given) : engine(engine), options(std::move(given)) {
    if (options.loaders.empty()) {
        for (const auto& loader :
             {loaders::locmem(), loaders::filesystem(), loaders::app_directories(), loaders::embedded()})
            add_loader(loader, true);
    } else {
        for (const auto& loader : options.loaders) add_loader(loader, false);
    }
}

void Engine::State::add_loader(const Ref<const Loader>& loader, bool is_cached) {
    if (const auto* inner = loader->inner()) {
        for (const auto& one : *inner) add_loader(one, true);
        return;
    }
    looks_again_ = looks_again_ || !is_cached || options.auto_reload;
    loaders_.push_back({loader, is_cached});
}

std::optional<Engine::State::Source> Engine::State::load(std::string_view name,
                                                         const std::vector<std::string_view>& skip,
                                                         std::vector<TemplateDoesNotExist::Tried>& tried) const {
    for (const Entry& entry : loaders_) {
        for (const std::string& origin : entry.loader->template_sources(options, name)) {
            if (skips(skip, origin)) {
                tried.push_back({origin, "Skipped to avoid recursion"});
                continue;
            }
            const std::int64_t version = entry.loader->version(options, origin);
            auto text = version == 0 ? std::nullopt : entry.loader->contents(options, origin);
            if (text) return Source{origin, std::move(*text), version};
            tried.push_back({origin, "Source does not exist"});
        }
    }
    return std::nullopt;
}

// It has not changed, and no other one has come to stand before it.
bool Engine::State::is_fresh(const CompiledTemplate& compiled, std::string_view name) const {
    for (const Entry& entry : loaders_) {
        for (const std::string& origin : entry.loader->template_sources(options, name)) {
            const bool is_this = origin == compiled.origin();
            if (is_this && entry.is_cached && !options.auto_reload) return true;
            const std::int64_t version = entry.loader->version(options, origin);
            if (is_this) return version == compiled.version;
            if (version != 0) return false;
        }
    }
    return false;
}

Ref<const CompiledTemplate> Engine::State::find(std::string_view name,
                                                const std::vector<std::string_view>& skip) const {
    std::string key(name);
    {
        std::shared_lock lock(mutex_);
        auto found = compiled_.find(key);
        if (found != compiled_.end() && !skips(skip, found->second->origin()) &&
            (!looks_again_ || is_fresh(*found->second, name))) {
            return found->second;
        }
    }
    for (std::string_view origin : skip) key.append("\n").append(origin);
    if (!skip.empty()) {
        std::shared_lock lock(mutex_);
        auto found = compiled_.find(key);
        if (found != compiled_.end() && !looks_again_) return found->second;
    }
    std::vector<TemplateDoesNotExist::Tried> tried;
    auto source = load(name, skip, tried);
    if (!source) throw TemplateDoesNotExist(std::string(name), std::move(tried));
    auto compiled =
        make_ref<CompiledTemplate>(engine, std::string(name), std::move(source->origin), std::move(source->text));
    compiled->version = source->version;
    compiled->compile();
    std::unique_lock lock(mutex_);
    compiled_[std::move(key)] = compiled;
    return compiled;
}

void Engine::State::reset() const {
    std::unique_lock lock(mutex_);
    compiled_.clear();
}

std::vector<std::string> Engine::State::names() const {
    std::vector<std::string> names;
    for (const Entry& entry : loaders_) {
        auto more = entry.loader->names(options);
        names.insert(names.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

void CompiledTemplate::parse() {
    Parser::State state(engine_, *this);
    state.tokens = tokenize(source_);
    state.libraries.push_back(engine_.state().builtins.get());
    for (const auto& library : engine_.options().builtins) state.libraries.push_back(library.get());
    Parser parser(&state);
    nodes = state.parse(parser, nullptr, 0);
}

void CompiledTemplate::compile() {
    try {
        if (const auto& language = engine_.options().language)
            nodes.add(language->compile(source_, name_));
        else
            parse();
    } catch (const TemplateSyntaxError& error) {
        if (name_.empty() || error.raw_message() != error.message()) throw;
        TemplateSyntaxError named("Template: " + name_ + ", " + error.message(), error.message());
        named.set_place(error.place());
        throw named;
    }
}

Engine::Engine(EngineOptions options) : state_(new State(*this, std::move(options))) {
    state_->builtins = builtin_library();
    auto add_known = [&](const char* name, Ref<const Library> library) {
        if (state_->options.standard_libraries && !find_library(name)) state_->options.libraries.emplace_back(name, std::move(library));
    };
    add_known("static", static_library());
    add_known("l10n", l10n_library());
    add_known("i18n", i18n_library());
    add_known("tz", tz_library());
    add_known("cache", cache_library());
}

Engine::~Engine() {
    if (default_engine_set == this) default_engine_set = nullptr;
    delete state_;
}

Ref<const Template> Engine::get_template(std::string_view name) const {
    const std::size_t hash = name.find('#');
    if (hash == name.npos) return state_->find(name, {});
    if (hash == 0) throw TemplateDoesNotExist(std::string(name));
    Ref<const CompiledTemplate> whole = state_->find(name.substr(0, hash), {});
    Ref<const Template> part = whole->partial(name.substr(hash + 1));
    if (!part) throw TemplateDoesNotExist(std::string(name.substr(hash + 1)));
    return part;
}

Ref<const Template> Engine::select_template(const std::vector<std::string>& names) const {
    if (names.empty()) throw TemplateDoesNotExist("No template names provided");
    std::vector<TemplateDoesNotExist::Tried> tried;
    std::string missing;
    for (const std::string& name : names) {
        try {
            return get_template(name);
        } catch (const TemplateDoesNotExist& error) {
            if (error.message() != name) throw;  // one that it extends is missing
            tried.insert(tried.end(), error.tried().begin(), error.tried().end());
            missing.append(missing.empty() ? "" : ", ").append(name);
        }
    }
    throw TemplateDoesNotExist(missing, std::move(tried));
}

Ref<const Template> Engine::select_template(std::initializer_list<std::string_view> names) const {
    return select_template(std::vector<std::string>(names.begin(), names.end()));
}

Ref<const Template> Engine::from_string(std::string source) const {
    auto compiled = make_ref<CompiledTemplate>(*this, "", "<unknown source>", std::move(source));
    compiled->compile();
    return compiled;
}

std::string Engine::render_to_string(std::string_view name, Context& context) const {
    return get_template(name)->render(context);
}

void Engine::reset() const { state_->reset(); }
std::vector<std::string> Engine::template_names() const { return state_->names(); }
const EngineOptions& Engine::options() const noexcept { return state_->options; }

void Engine::set_url_prefixes(std::string static_prefix, std::string media_prefix) {
    state_->options.static_prefix = std::move(static_prefix);
    state_->options.media_prefix = std::move(media_prefix);
}

const Library* Engine::find_library(std::string_view name) const noexcept {
    for (const auto& entry : state_->options.libraries) {
        if (entry.first == name) return entry.second.get();
    }
    return nullptr;
}

const ObjectType kTemplateType{.name = "Template", .str = [](const void* self, std::string& out) {
                                   out.append("<Template: ").append(static_cast<const CompiledTemplate*>(self)->name());
                                   out += '>';
                               }};

Value to_value(const Template& page) {
    const auto& compiled = static_cast<const CompiledTemplate&>(page);
    return Value::object(Ref<RefCounted>(const_cast<CompiledTemplate*>(&compiled)), &compiled, kTemplateType);
}

void set_default_engine(const Engine* engine) noexcept { default_engine_set = engine; }

const Engine& default_engine() {
    if (!default_engine_set)
        throw ImproperlyConfigured("No template engine is set up: call set_default_engine() first.");
    return *default_engine_set;
}

namespace {
std::vector<std::pair<std::string, const Engine*>>& more_engines() {
    static std::vector<std::pair<std::string, const Engine*>> list;
    return list;
}
}  // namespace

void set_engines(std::vector<std::pair<std::string, const Engine*>> list) { more_engines() = std::move(list); }

std::vector<std::string> engine_aliases() {
    std::vector<std::string> aliases{"default"};
    for (const auto& entry : more_engines()) aliases.push_back(entry.first);
    return aliases;
}

const Engine& engines(std::string_view alias) {
    if (alias.empty() || alias == "default") return default_engine();
    for (const auto& [known, engine] : more_engines()) {
        if (known == alias) return *engine;
    }
    throw InvalidTemplateEngine("Could not find config for '" + std::string(alias) + "' in settings.template_engines");
}

std::string relative_template_name(std::string_view current, std::string_view name, bool allow_recursion) {
    std::string_view bare = name;
    while (!bare.empty() && (bare.front() == '"' || bare.front() == '\'')) bare.remove_prefix(1);
    while (!bare.empty() && (bare.back() == '"' || bare.back() == '\'')) bare.remove_suffix(1);
    if (bare.substr(0, 2) != "./" && bare.substr(0, 3) != "../") return std::string(name);
    const std::string quoted(name);
    if (current.empty()) {
        throw TemplateSyntaxError("The relative path '" + std::string(bare) +
                                  "' cannot be evaluated due to an unknown template origin.");
    }
    while (!current.empty() && current.front() == '/') current.remove_prefix(1);
    const std::size_t slash = current.rfind('/');
    std::string path = slash == current.npos ? std::string() : std::string(current.substr(0, slash + 1));
    path += bare;
    path = std::filesystem::path(path).lexically_normal().generic_string();
    if (path.compare(0, 3, "../") == 0) {
        throw TemplateSyntaxError("The relative path '" + quoted +
                                  "' points outside the file hierarchy that template '" + std::string(current) +
                                  "' is in.");
    }
    if (!allow_recursion && path == current) {
        throw TemplateSyntaxError("The relative path '" + quoted + "' was translated to template name '" + path +
                                  "', the same template in which the tag appears.");
    }
    const bool has_quotes =
        name.size() >= 2 && (name.front() == '"' || name.front() == '\'') && name.back() == name.front();
    return has_quotes ? '"' + path + '"' : path;
}

}  // namespace nuages::templates

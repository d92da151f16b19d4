// Loaders: where an engine finds its templates (django.template.loaders).
//
//     .loaders = {loaders::locmem({{"hello.html", "Hello"}}), loaders::filesystem({"/srv/shared"}),
//                 loaders::cached({loaders::app_directories(), loaders::embedded()})}
#pragma once

#include <nuages/base/ref.hpp>
#include <nuages/templates/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::templates {

struct EngineOptions;

/// Finds templates by their names. One of your own derives from this; all members may be called from any thread.
class Loader : public RefCounted {
public:
    /// The places where NAME may stand, in the order of looking: paths, or texts that say what stands for one. They are
    /// what TemplateDoesNotExist lists. (django: get_template_sources)
    virtual std::vector<std::string> template_sources(const EngineOptions& engine, std::string_view name) const = 0;
    /// What stands at ORIGIN; nothing when there is nothing (django: get_contents).
    virtual std::optional<std::string> contents(const EngineOptions& engine, const std::string& origin) const = 0;
    /// Changes when the content does (a file's time); 0 when there is nothing at ORIGIN.
    virtual std::int64_t version(const EngineOptions& engine, const std::string& origin) const = 0;
    /// The names of all templates it can see: for checks ahead of time.
    virtual std::vector<std::string> names(const EngineOptions& engine) const = 0;
    /// The loaders inside, when it only passes on to them.
    virtual const std::vector<Ref<const Loader>>* inner() const noexcept { return nullptr; }
};

namespace loaders {

/// Files below FOLDERS, or below EngineOptions::dirs when there are none. Names do not lead out of them.
Ref<const Loader> filesystem(std::vector<std::string> folders = {});
/// Files below EngineOptions::app_dirs: the templates/ folders of the installed apps.
Ref<const Loader> app_directories();
/// Files that the build put into the program: EngineOptions::embedded.
Ref<const Loader> embedded();
/// Texts by name; without any, EngineOptions::in_memory.
Ref<const Loader> locmem(std::vector<std::pair<std::string, std::string>> texts = {});
/// Those of INNER: what they found is not looked at again before Engine::reset(), unless the engine reloads
/// (EngineOptions::auto_reload).
Ref<const Loader> cached(std::vector<Ref<const Loader>> inner);

}  // namespace loaders

}  // namespace nuages::templates

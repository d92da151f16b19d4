// What an engine keeps: its loaders in search order and the compiled templates.
#pragma once

#include <nuages/templates/detail/compiled.hpp>

#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nuages::templates {

struct Engine::State {
    const Engine& engine;
    EngineOptions options;
    Ref<const Library> builtins;

    State(const Engine& engine, EngineOptions options);

    /// The template NAME, none of whose origins is in SKIP: how a template extends another of its own name.
    Ref<const CompiledTemplate> find(std::string_view name, const std::vector<std::string_view>& skip) const;
    std::vector<std::string> names() const;
    void reset() const;

private:
    // Loaders in the order of looking; what `cached` holds stands in its place.
    struct Entry {
        Ref<const Loader> loader;
        bool is_cached;
    };
    struct Source {
        std::string origin;
        std::string text;
        std::int64_t version = 0;
    };
    void add_loader(const Ref<const Loader>& loader, bool is_cached);
    std::optional<Source> load(std::string_view name, const std::vector<std::string_view>& skip,
                               std::vector<TemplateDoesNotExist::Tried>& tried) const;
    bool is_fresh(const CompiledTemplate& compiled, std::string_view name) const;

    std::vector<Entry> loaders_;
    bool looks_again_ = false;  // at the places of what is compiled

    mutable std::shared_mutex mutex_;
    mutable std::unordered_map<std::string, Ref<const CompiledTemplate>> compiled_;
};

}  // namespace nuages::templates

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

    State(const Engine& engine, EngineOptions options) : engine(engine), options(std::move(options)) {}

    /// The template NAME, none of whose origins is in SKIP: how a template extends another of its own name.
    Ref<const CompiledTemplate> find(std::string_view name, const std::vector<std::string_view>& skip) const;
    std::vector<std::string> names() const;
    void reset() const;

private:
    struct Source {
        std::string origin;
        std::string text;
        std::int64_t modified_ns = 0;
    };
    std::optional<Source> load(std::string_view name, const std::vector<std::string_view>& skip,
                               std::vector<TemplateDoesNotExist::Tried>& tried) const;
    bool is_fresh(const CompiledTemplate& compiled, std::string_view name) const;

    mutable std::shared_mutex mutex_;
    mutable std::unordered_map<std::string, Ref<const CompiledTemplate>> compiled_;
};

}  // namespace nuages::templates

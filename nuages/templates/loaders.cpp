#include <nuages/templates/engine.hpp>
#include <nuages/templates/loader.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace nuages::templates::loaders {

namespace {

constexpr std::size_t kTemplateBytesMax = 64 << 20;

// The time FILE was last written in nanoseconds, 0 if it is not there.
std::int64_t modified_ns(const std::string& file) {
    struct stat status;
    if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    return status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
}

std::optional<std::string> file_text(const std::string& file) {
    if (modified_ns(file) == 0) return std::nullopt;
    std::FILE* handle = std::fopen(file.c_str(), "rb");
    if (!handle) return std::nullopt;
    std::string text;
    char buffer[16384];
    std::size_t count = 0;
    while ((count = std::fread(buffer, 1, sizeof buffer, handle)) > 0 && text.size() < kTemplateBytesMax) {
        text.append(buffer, count);
    }
    const bool good = !std::ferror(handle);
    std::fclose(handle);
    if (!good) return std::nullopt;
    return text;
}

// FOLDER/NAME, or nothing when NAME would leave the folder (django: safe_join).
std::optional<std::string> joined(const std::string& folder, std::string_view name) {
    if (name.empty() || name.front() == '/' || name.find('\0') != name.npos) return std::nullopt;
    int depth = 0;
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find('/', begin), name.size());
        const std::string_view part = name.substr(begin, end - begin);
        if (part == "..") {
            if (--depth < 0) return std::nullopt;
        } else if (!part.empty() && part != ".") {
            ++depth;
        }
        begin = end + 1;
    }
    return folder + "/" + std::string(name);
}

class FolderLoader final : public Loader {
public:
    FolderLoader(std::vector<std::string> own, std::vector<std::string> EngineOptions::*otherwise)
        : own_(std::move(own)), otherwise_(otherwise) {}

    std::vector<std::string> template_sources(const EngineOptions& engine, std::string_view name) const override {
        std::vector<std::string> sources;
        for (const std::string& folder : folders(engine)) {
            if (auto file = joined(folder, name)) sources.push_back(std::move(*file));
        }
        return sources;
    }
    std::optional<std::string> contents(const EngineOptions&, const std::string& origin) const override {
        return file_text(origin);
    }
    std::int64_t version(const EngineOptions&, const std::string& origin) const override { return modified_ns(origin); }
    std::vector<std::string> names(const EngineOptions& engine) const override {
        namespace fs = std::filesystem;
        std::vector<std::string> names;
        for (const std::string& folder : folders(engine)) {
            std::error_code ignored;
            for (fs::recursive_directory_iterator it(folder, ignored), end; it != end; it.increment(ignored)) {
                if (it->is_regular_file(ignored))
                    names.push_back(fs::relative(it->path(), folder, ignored).generic_string());
            }
        }
        return names;
    }

private:
    const std::vector<std::string>& folders(const EngineOptions& engine) const {
        return own_.empty() ? engine.*otherwise_ : own_;
    }

    std::vector<std::string> own_;
    std::vector<std::string> EngineOptions::*otherwise_;
};

// Origins of tables are "KIND:NUMBER:NAME": a template can extend the one of its own name in a later table.
std::string table_origin(std::string_view kind, std::size_t number, std::string_view name) {
    return std::string(kind) + ":" + std::to_string(number) + ":" + std::string(name);
}

// The number in ORIGIN, and its name.
std::optional<std::pair<std::size_t, std::string_view>> table_place(std::string_view kind, std::string_view origin) {
    if (!origin.starts_with(kind) || origin.substr(kind.size(), 1) != ":") return std::nullopt;
    origin.remove_prefix(kind.size() + 1);
    std::size_t number = 0, at = 0;
    for (; at < origin.size() && origin[at] >= '0' && origin[at] <= '9'; ++at)
        number = number * 10 + static_cast<std::size_t>(origin[at] - '0');
    if (at == 0 || at == origin.size() || origin[at] != ':') return std::nullopt;
    return std::pair(number, origin.substr(at + 1));
}

class EmbeddedLoader final : public Loader {
public:
    std::vector<std::string> template_sources(const EngineOptions& engine, std::string_view name) const override {
        std::vector<std::string> sources;
        for (std::size_t i = 0; i < engine.embedded.size(); ++i) sources.push_back(table_origin("embedded", i, name));
        return sources;
    }
    std::optional<std::string> contents(const EngineOptions& engine, const std::string& origin) const override {
        const conf::EmbeddedFile* file = find(engine, origin);
        if (!file) return std::nullopt;
        return std::string(file->content());
    }
    std::int64_t version(const EngineOptions& engine, const std::string& origin) const override {
        return find(engine, origin) ? 1 : 0;
    }
    std::vector<std::string> names(const EngineOptions& engine) const override {
        std::vector<std::string> names;
        for (const conf::EmbeddedFiles& files : engine.embedded) {
            for (const conf::EmbeddedFile& file : files) names.emplace_back(file.path);
        }
        return names;
    }

private:
    static const conf::EmbeddedFile* find(const EngineOptions& engine, std::string_view origin) {
        const auto place = table_place("embedded", origin);
        return place && place->first < engine.embedded.size() ? engine.embedded[place->first].find(place->second)
                                                              : nullptr;
    }
};

class MemoryLoader final : public Loader {
public:
    using Texts = std::vector<std::pair<std::string, std::string>>;
    explicit MemoryLoader(Texts own) : own_(std::move(own)) {}

    // Only what is there: a list of all texts would say nothing in an error.
    std::vector<std::string> template_sources(const EngineOptions& engine, std::string_view name) const override {
        std::vector<std::string> sources;
        const Texts& all = texts(engine);
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i].first == name) sources.push_back(table_origin("memory", i, name));
        }
        return sources;
    }
    std::optional<std::string> contents(const EngineOptions& engine, const std::string& origin) const override {
        const std::string* text = find(engine, origin);
        if (!text) return std::nullopt;
        return *text;
    }
    std::int64_t version(const EngineOptions& engine, const std::string& origin) const override {
        return find(engine, origin) ? 1 : 0;
    }
    std::vector<std::string> names(const EngineOptions& engine) const override {
        std::vector<std::string> names;
        for (const auto& entry : texts(engine)) names.push_back(entry.first);
        return names;
    }

private:
    const Texts& texts(const EngineOptions& engine) const { return own_.empty() ? engine.in_memory : own_; }
    const std::string* find(const EngineOptions& engine, std::string_view origin) const {
        const auto place = table_place("memory", origin);
        const Texts& all = texts(engine);
        return place && place->first < all.size() && all[place->first].first == place->second
                   ? &all[place->first].second
                   : nullptr;
    }

    Texts own_;
};

// The engine opens it: its members are asked for what is inside.
class CachedLoader final : public Loader {
public:
    explicit CachedLoader(std::vector<Ref<const Loader>> inner) : inner_(std::move(inner)) {}

    std::vector<std::string> template_sources(const EngineOptions&, std::string_view) const override { return {}; }
    std::optional<std::string> contents(const EngineOptions&, const std::string&) const override {
        return std::nullopt;
    }
    std::int64_t version(const EngineOptions&, const std::string&) const override { return 0; }
    std::vector<std::string> names(const EngineOptions&) const override { return {}; }
    const std::vector<Ref<const Loader>>* inner() const noexcept override { return &inner_; }

private:
    std::vector<Ref<const Loader>> inner_;
};

}  // namespace

Ref<const Loader> filesystem(std::vector<std::string> folders) {
    return make_ref<FolderLoader>(std::move(folders), &EngineOptions::dirs);
}
Ref<const Loader> app_directories() {
    return make_ref<FolderLoader>(std::vector<std::string>{}, &EngineOptions::app_dirs);
}
Ref<const Loader> embedded() { return make_ref<EmbeddedLoader>(); }
Ref<const Loader> locmem(std::vector<std::pair<std::string, std::string>> texts) {
    return make_ref<MemoryLoader>(std::move(texts));
}
Ref<const Loader> cached(std::vector<Ref<const Loader>> inner) { return make_ref<CachedLoader>(std::move(inner)); }

}  // namespace nuages::templates::loaders

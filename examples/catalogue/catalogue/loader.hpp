// The steps of load_packages. A Loader knows what the database holds and writes the difference.
#pragma once

#include "debian_control.hpp"
#include "load_packages.hpp"
#include "models.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace catalogue {

/// Lets a map with std::string keys be searched by a view.
struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <class T> using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

class Loader {
public:
    /// Reads the names, keys and fingerprints that are there.
    Loader();

    /// Takes one package; `write_batch` writes those that are new or changed.
    void take(const Stanza& stanza, const PackageRecord& record);
    std::int64_t pending() const { return static_cast<std::int64_t>(pending_.size()); }
    void write_batch();

    /// After the last batch: removes what was not taken, ties relations to their packages, counts, records the run.
    void finish(std::string_view source);

    LoadReport report;

private:
    struct Known {
        std::int64_t id = 0;
        std::int64_t fingerprint = 0;
        bool taken = false;
    };
    /// A package with its parts. The rows that they share with others are found or made in the batch's transaction.
    struct Pending {
        Package package;
        std::string section;
        std::string maintainer_name;
        std::string maintainer_email;
        std::vector<Dependency> dependencies;
        std::vector<Provides> provides;
        std::vector<std::string> tags;
    };

    std::int64_t section(std::string_view name);
    std::int64_t maintainer(std::string_view name, std::string_view email);
    std::int64_t tag(std::string_view name);
    void write_packages();
    void write_parts();
    void remove_missing();
    void tie_relations();
    void count_dependents();
    void count_packages();
    void record_run(std::string_view source);

    TextMap<Known> packages_;
    TextMap<std::int64_t> sections_;
    TextMap<std::int64_t> maintainers_;  // by name, line feed, address
    TextMap<std::int64_t> tags_;
    std::vector<Pending> pending_;
    bool installed_only_ = false;
};

}  // namespace catalogue

// What one stanza of a Packages file says about a package: Debian Policy, chapters 5 and 7; deb-control(5).
//
// Strict where a guess would put wrong facts into the catalogue (names, relations, sizes), tolerant of what other
// people's archives do (an obsolete "<", no section). All texts are views into the stanza.
#pragma once

#include "deb822.hpp"

#include <nuages/base/result.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace catalogue {

/// The fields that relate a package to others, in the order in which a page lists them.
enum class DependencyKind { depends, pre_depends, recommends, suggests, enhances, breaks, conflicts, replaces };

/// One alternative of a relation field. `a | b, c` is three relations in two groups, which are counted from 1.
struct Relation {
    DependencyKind kind{};
    int group = 0;
    std::string_view name;
    std::string_view architecture;  ///< the qualifier: "any" of `python3:any`
    std::string_view comparison;    ///< one of << <= = >= >>, or empty
    std::string_view version;
};

/// A package that this one provides under another name.
struct Provided {
    std::string_view name;
    std::string_view version;  ///< of `name (= version)`, or empty
};

struct PackageRecord {
    std::string_view name;
    std::string_view version;
    std::string_view architecture;
    std::string_view source;  ///< the name itself where no Source field stands
    std::string_view section;
    std::string_view priority;
    std::string_view maintainer_name;
    std::string_view maintainer_email;  ///< empty where the maintainer has none
    std::string_view homepage;
    std::string_view summary;         ///< the first line of the description
    std::int64_t installed_size = 0;  ///< bytes; 0 where not said
    std::int64_t download_size = 0;   ///< bytes; 0 where not said
    bool essential = false;
    bool installed = true;  ///< false for what dpkg's status keeps of a removed package
    std::vector<Relation> relations;
    std::vector<Provided> provides;
    std::vector<std::string_view> tags;
};

/// What STANZA says, or "line 12: ..." with the line that is wrong.
nuages::Result<PackageRecord> parse_package(const Stanza& stanza);

}  // namespace catalogue

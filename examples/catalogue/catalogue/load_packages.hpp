// load_packages: brings the catalogue to what a Packages file says.
//
// The state after a run depends on the file alone: what the file has is there once, what it lacks is gone, whatever
// was there before. Packages are written in batches, each in one transaction, so a run that is killed leaves whole
// batches behind; the next run finds them unchanged by their fingerprints and goes on. What spans packages (targets of
// relations, counts) is set at the end of every run.
#pragma once

#include "deb822.hpp"

#include <nuages/site.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace catalogue {

struct LoadOptions {
    std::string source;              ///< where the file comes from, for the page
    std::int64_t batch_size = 1000;  ///< packages per transaction
};

/// What a run did, in packages; `malformed` and `repeated` in stanzas.
struct LoadReport {
    std::int64_t created = 0;
    std::int64_t updated = 0;
    std::int64_t unchanged = 0;
    std::int64_t removed = 0;
    std::int64_t malformed = 0;
    std::int64_t repeated = 0;  ///< another stanza had the name before: the first one counts

    std::int64_t packages() const { return created + updated + unchanged; }
};

/// Who is told of a run as it goes.
struct LoadListener {
    nuages::Function<void(std::string_view message)> malformed;
    nuages::Function<void(std::uint64_t position)> batch_written;
};

/// Loads all that READER gives.
LoadReport load_packages(StanzaReader& reader, const LoadListener& listener, LoadOptions options = {});

/// `load_packages FILE`, with - for standard input.
extern const nuages::Command load_packages_command;

}  // namespace catalogue

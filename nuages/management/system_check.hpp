// Running a site's checks and showing what they found, for `check` and before other commands.
#pragma once

#include <nuages/core/checks/checks.hpp>
#include <nuages/management/fwd.hpp>
#include <nuages/site/fwd.hpp>

#include <string>
#include <vector>

namespace nuages::management {

struct SystemCheckOptions {
    checks::CheckOptions run = {};
    checks::Severity fail_level = checks::Severity::error;
    std::vector<std::string> databases = {};  ///< aliases: what the databases themselves say is asked, too
    bool show_count = true;  ///< say how many issues there are even when there are none
};

/// Shows the findings of SITE's checks; throws CommandError when one is at least as severe as the fail level.
void run_system_checks(Io& io, const site::Site& site, const SystemCheckOptions& options = {});

}  // namespace nuages::management

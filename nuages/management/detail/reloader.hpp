// Reloader: the process above runserver's. It keeps the address, builds the site again when its sources change, and
// starts it anew; where the site does not build, it shows the compiler's errors in the browser instead.
#pragma once

#include <nuages/conf/build_origin.hpp>
#include <nuages/management/io.hpp>

#include <string>
#include <vector>

namespace nuages::management::detail {

/// Tells the process below which listening socket is its own.
inline constexpr const char* kReloaderSocket = "NUAGES_RELOADER_SOCKET";

struct ReloaderOptions {
    std::string bind;
    conf::BuildOrigin origin;
    std::vector<std::string> folders;  ///< of the site and its apps, where sources are watched
};

/// Runs this program's command line again below itself until SIGINT, SIGTERM or the site's own orderly end. Requests
/// that come in while it builds wait in the socket's queue. Throws Error when the address is taken.
void run_with_reloader(Io& io, const ReloaderOptions& options);

}  // namespace nuages::management::detail

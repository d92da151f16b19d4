// systemd's side of a service: sockets that it opened (sd_listen_fds) and messages to it (sd_notify). Both are a few
// environment variables and a datagram: no library is needed.
#pragma once

#include <string_view>
#include <vector>

namespace nuages::server::detail {

/// The sockets that were opened for this process; empty when it was not activated by a socket. The variables are
/// removed: the process' children are not meant.
std::vector<int> take_activation_sockets();

/// Sends "READY=1" and the like; nothing happens without a service manager.
void notify_service_manager(std::string_view message) noexcept;

/// How often it wants to hear "WATCHDOG=1", in microseconds; 0: not at all.
long long watchdog_interval_us() noexcept;

}  // namespace nuages::server::detail

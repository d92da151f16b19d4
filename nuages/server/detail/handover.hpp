// What a master leaves to the next one (USR2): its listening sockets, through one environment variable.
#pragma once

#include <nuages/server/detail/sockets.hpp>

#include <string>
#include <sys/types.h>
#include <vector>

namespace nuages::server::detail {

inline constexpr const char* kHandoverVariable = "NUAGES_MASTER";

/// The variable's value. IS_ACTIVATED: the sockets are those of a service manager, whatever the configuration binds.
std::string handover_text(const std::vector<Listener>& listeners, bool is_activated);

class Handover {
public:
    /// Whether another master started this one and was not seen to end.
    bool is_from_parent() const noexcept { return parent_ > 0; }
    bool is_from_living_parent() const noexcept;
    void forget_parent() noexcept { parent_ = 0; }
    bool is_activated() const noexcept { return !activated_.empty(); }
    /// Those of the service manager, in order.
    const std::vector<std::string>& addresses() const noexcept { return activated_; }

    /// The descriptor that listens on ADDRESS, once; -1 when there is none.
    int take(const std::string& address);
    /// What nobody took is not listened to any more.
    void close_rest() noexcept { sockets_.clear(); }

private:
    friend Handover take_handover();
    std::vector<Listener> sockets_;
    std::vector<std::string> activated_;
    pid_t parent_ = 0;
};

/// Reads the variable and removes it.
Handover take_handover();

}  // namespace nuages::server::detail

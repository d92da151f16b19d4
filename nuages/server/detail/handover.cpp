#include <nuages/server/detail/handover.hpp>

#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace nuages::server::detail {

std::string handover_text(const std::vector<Listener>& listeners, bool is_activated) {
    std::string text = std::to_string(::getpid()) + (is_activated ? " 1\n" : " 0\n");
    for (const Listener& listener : listeners)
        text += std::to_string(listener.socket.get()) + " " + listener.address + "\n";
    return text;
}

Handover take_handover() {
    Handover handover;
    const char* const variable = std::getenv(kHandoverVariable);
    if (!variable) return handover;
    std::istringstream lines{std::string(variable)};
    ::unsetenv(kHandoverVariable);
    bool is_activated = false;
    lines >> handover.parent_ >> is_activated;
    // A copy of the variable that reached some other process means nothing there.
    if (handover.parent_ != ::getppid()) return {};
    int descriptor = -1;
    std::string address;
    while (lines >> descriptor && lines.get() && std::getline(lines, address)) {
        handover.sockets_.push_back({Descriptor(descriptor), address, 0});
        if (is_activated) handover.activated_.push_back(address);
    }
    return handover;
}

bool Handover::is_from_living_parent() const noexcept { return parent_ > 0 && ::getppid() == parent_; }

int Handover::take(const std::string& address) {
    for (Listener& one : sockets_)
        if (one.address == address && one.socket) return one.socket.release();
    return -1;
}

}  // namespace nuages::server::detail

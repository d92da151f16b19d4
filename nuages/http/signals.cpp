#include <nuages/http/signals.hpp>

namespace nuages::http::signals {

nuages::signals::Signal<Request&>& request_started() {
    static auto* signal = new nuages::signals::Signal<Request&>;
    return *signal;
}

nuages::signals::Signal<>& request_finished() {
    static auto* signal = new nuages::signals::Signal<>;
    return *signal;
}

nuages::signals::Signal<Request&>& got_request_exception() {
    static auto* signal = new nuages::signals::Signal<Request&>;
    return *signal;
}

}  // namespace nuages::http::signals

// Signals of requests (django.core.signals). Exceptions of receivers are logged and change nothing.
#pragma once

#include <nuages/http/fwd.hpp>
#include <nuages/signals/signal.hpp>

namespace nuages::http::signals {

/// A request has come, and neither middleware nor a view has seen it.
nuages::signals::Signal<Request&>& request_started();
/// Its answer is made; one that streams has been sent.
nuages::signals::Signal<>& request_finished();
/// A view or middleware threw what is answered with 500: std::current_exception() is that.
nuages::signals::Signal<Request&>& got_request_exception();

}  // namespace nuages::http::signals

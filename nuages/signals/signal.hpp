// Signal: tells whoever asked to be told (django.dispatch). Typed: a receiver takes the signal's arguments.
//
//     inline signals::Signal<const Order&, bool> order_paid;
//     auto connection = order_paid.connect([](const Order& order, bool first) { ... }, {.dispatch_uid = "mail"});
//     order_paid.send(order, true);
//
// Receivers run in the order of connection, on the sender's fiber. Connecting and disconnecting are start-up work, but
// may happen at any time, also from a receiver: a send works on the list as it was when it began.
// A receiver stays until it is disconnected; there are no weak references to it.
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/base/function.hpp>
#include <nuages/base/log.hpp>
#include <nuages/signals/receiver_list.hpp>

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::signals {

/// Keyword arguments of connect().
struct ConnectOptions {
    std::string dispatch_uid = {};  ///< a second receiver of the same uid (and sender) is not connected
    const void* sender = nullptr;   ///< only signals sent by this object; null: by any
};

/// What one receiver of send_robust() threw; null when it returned.
struct Answer {
    std::exception_ptr error;
};

template <class... Arguments> class Signal {
public:
    using Receiver = Function<void(Arguments...)>;

    Signal() = default;
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;

    Connection connect(Receiver receiver, ConnectOptions options = {}) {
        return list_.add(make_ref<Held>(std::move(receiver)), options.dispatch_uid, options.sender);
    }
    /// False when it was not connected.
    bool disconnect(const Connection& connection) { return list_.remove(connection); }
    bool disconnect(std::string_view dispatch_uid, const void* sender = nullptr) {
        return list_.remove(dispatch_uid, sender);
    }
    bool has_listeners(const void* sender = nullptr) const { return list_.has(sender); }

    /// Calls the receivers; the first exception ends it and reaches the caller.
    void send(Arguments... arguments) const { send_from(nullptr, arguments...); }
    /// Calls those that listen to SENDER, and those that listen to all.
    void send_from(const void* sender, Arguments... arguments) const {
        list_.each(sender, [&](RefCounted& held) { static_cast<Held&>(held).receiver(arguments...); });
    }
    /// Calls every receiver; exceptions are logged under nuages.dispatch and returned, in the order of the receivers.
    std::vector<Answer> send_robust(Arguments... arguments) const { return send_robust_from(nullptr, arguments...); }
    std::vector<Answer> send_robust_from(const void* sender, Arguments... arguments) const {
        std::vector<Answer> answers;
        list_.each(sender, [&](RefCounted& held) {
            Answer answer;
            try {
                static_cast<Held&>(held).receiver(arguments...);
            } catch (const std::exception& error) {
                answer.error = std::current_exception();
                log::error("nuages.dispatch",
                           std::string("Error calling a receiver in Signal.send_robust(): ") + error.what());
            }
            answers.push_back(std::move(answer));
        });
        return answers;
    }

private:
    struct Held final : RefCounted {
        Receiver receiver;
        explicit Held(Receiver from) : receiver(std::move(from)) {}
    };
    ReceiverList list_;
};

}  // namespace nuages::signals

namespace nuages {
using signals::Signal;
}

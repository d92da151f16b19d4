// LISTEN and NOTIFY: messages between sessions of one database, as a channel that fibers wait on.
//
//     Listener listener("orders");
//     for (;;) { Notification n = listener.next(); ... }
//
// A listener has a connection of its own. When that is lost it connects again and listens anew; what was sent meanwhile is
// gone, as PostgreSQL keeps nothing, and `next` says so once by throwing ConnectionLost.
#pragma once

#include <nuages/base/duration.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/fwd.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::db::postgresql {

struct Notification {
    std::string channel;
    std::string payload;  ///< up to 7999 bytes
    int sender = 0;       ///< process id of the session that sent it
};

/// The listener's connection was lost and is there again: messages may have been missed.
NUAGES_DEFINE_ERROR(ConnectionLost, OperationalError);

/// Listens on channels of one database. Belongs to the loop that made it; one fiber waits at a time.
class Listener {
public:
    /// Connects and listens; suspends. Throws OperationalError, and NotSupportedError where USING_ is no PostgreSQL.
    explicit Listener(std::initializer_list<std::string_view> channels, std::string_view using_ = "default");
    explicit Listener(std::string_view channel, std::string_view using_ = "default") : Listener({channel}, using_) {}
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Suspends until the next message. Throws ConnectionLost (once per loss), OperationalError when connecting anew
    /// fails; called again it tries again.
    Notification next();
    /// The same for no longer than LIMIT; nothing when none came.
    std::optional<Notification> next(Duration limit);

private:
    struct State;
    State* state_;
};

/// Sends PAYLOAD to all that listen on CHANNEL, once the transaction (if one is open) commits.
void notify(std::string_view channel, std::string_view payload = {}, std::string_view using_ = "default");

}  // namespace nuages::db::postgresql

// Signals of connections (django.db.backends.signals).
//
//     signals::connection_created().connect([](const db::signals::ConnectionCreated& event) {
//         event.session.execute("PRAGMA cache_size = -64000", {}, [](auto) {});
//     });
#pragma once

#include <nuages/db/connection.hpp>
#include <nuages/signals/signal.hpp>

namespace nuages::db {
class Session;
}

namespace nuages::db::signals {

/// A session to a database was opened, and nobody has used it yet. `session` takes statements as a driver does
/// (nuages/db/backend.hpp); an exception closes it and reaches whoever needed it.
struct ConnectionCreated {
    Connection connection;
    Session& session;
};

/// The sender is the Database.
nuages::signals::Signal<const ConnectionCreated&>& connection_created();

}  // namespace nuages::db::signals

#include <nuages/async/time.hpp>
#include <nuages/db/backends/postgresql/detail/driver.hpp>
#include <nuages/db/backends/postgresql/detail/session.hpp>
#include <nuages/db/backends/postgresql/notifications.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/database.hpp>

#include <deque>
#include <utility>

namespace nuages::db::postgresql {

namespace {

constexpr std::size_t kKeptMost = 100'000;  // messages that nobody fetched

detail::PgDriver& driver_of(std::string_view alias) {
    const Connection connection = db::connection(alias);
    if (connection.vendor() != "postgresql") throw NotSupportedError("LISTEN and NOTIFY need a PostgreSQL database.");
    return static_cast<detail::PgDriver&>(connection.database().driver());
}

}  // namespace

struct Listener::State final : detail::NotifyHook {
    Ref<detail::PgDriver> driver;
    std::vector<std::string> channels;
    std::deque<Notification> kept;
    async::Waker waker;
    detail::PgSession* session = nullptr;
    bool lost = false;      // and not told yet
    bool overflow = false;

    ~State() { drop(); }

    void connect() {
        session = static_cast<detail::PgSession*>(driver->connect());
        session->set_notify_hook(this);
        lost = false;
        try {
            for (const std::string& channel : channels) session->run("LISTEN " + driver->operations().quoted(channel));
        } catch (...) {
            drop();
            throw;
        }
    }
    void drop() {
        if (!session) return;
        session->set_notify_hook(nullptr);
        delete std::exchange(session, nullptr);
    }
    void on_notification(std::string_view channel, std::string_view payload, int sender) override {
        if (kept.size() >= kKeptMost) {
            overflow = true;
        } else {
            kept.push_back({std::string(channel), std::string(payload), sender});
        }
        waker.wake();
    }
    void on_connection_lost() override {
        lost = true;
        waker.wake();
    }
};

Listener::Listener(std::initializer_list<std::string_view> channels, std::string_view using_) : state_(new State) {
    try {
        state_->driver = Ref<detail::PgDriver>(&driver_of(using_));
        if (state_->driver->options().pgbouncer)
            throw NotSupportedError("LISTEN does not work through PgBouncer in transaction mode, which gives the connection to another client after "
                                    "each transaction: give the listener a database of its own whose URL leads to the server.");
        for (const std::string_view channel : channels) state_->channels.emplace_back(channel);
        state_->connect();
    } catch (...) {
        delete state_;
        throw;
    }
}

Listener::~Listener() { delete state_; }

Notification Listener::next() {
    for (;;) {
        if (!state_->kept.empty()) {
            Notification first = std::move(state_->kept.front());
            state_->kept.pop_front();
            return first;
        }
        if (std::exchange(state_->overflow, false))
            throw ConnectionLost("more than 100000 notifications waited: later ones were dropped");
        if (!state_->session || state_->lost) {
            state_->drop();
            state_->connect();
            throw ConnectionLost("the connection of a listener was lost and made anew: notifications may have been missed");
        }
        async::suspend([&](async::Waker waker) { state_->waker = std::move(waker); });
    }
}

std::optional<Notification> Listener::next(Duration limit) {
    try {
        return async::with_timeout(limit, [&] { return next(); });
    } catch (const async::TimeoutError&) {
        return std::nullopt;
    }
}

void notify(std::string_view channel, std::string_view payload, std::string_view using_) {
    driver_of(using_);
    db::connection(using_).execute("SELECT pg_notify(%s, %s)", channel, payload);
}

}  // namespace nuages::db::postgresql

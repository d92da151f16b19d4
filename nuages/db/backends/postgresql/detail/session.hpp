// One PostgreSQL connection.
//
// Statements are pipelined: several fibers may have one under way. Each has its own Sync; only short reads by the same
// statement share one, because the server answers up to a Sync in one piece. BEGIN and savepoints are not sent by
// themselves but in front of the next statement, so that a transaction costs no round trip to open.
#pragma once

#include <nuages/db/backend.hpp>
#include <nuages/db/backends/postgresql/detail/driver.hpp>
#include <nuages/db/backends/postgresql/detail/exchange.hpp>
#include <nuages/db/backends/postgresql/detail/wire.hpp>

#include <string>
#include <vector>

namespace nuages::db::postgresql::detail {

/// What LISTEN brought.
struct NotifyHook {
    virtual void on_notification(std::string_view channel, std::string_view payload, int sender) = 0;
    virtual void on_connection_lost() = 0;

protected:
    ~NotifyHook() = default;
};

class PgSession final : public Session, private WireListener {
public:
    PgSession(Ref<PgDriver> driver, Ref<Wire> wire);
    ~PgSession() override;

    ExecuteResult execute(std::string_view sql, std::span<const Param> params, RowSink sink) override;
    ExecuteResult execute_streamed(std::string_view sql, std::span<const Param> params, std::size_t rows_at_once,
                                   RowSink sink) override;
    std::vector<std::string> describe(std::string_view sql) override;
    ExecuteResult copy_in(std::string_view sql, FunctionRef<bool(std::string& data)> more) override;
    void begin() override;
    bool commit() override;
    void rollback() override;
    void savepoint(int id) override;
    void savepoint_rollback(int id) override;
    void savepoint_commit(int id) override;
    bool in_transaction() const override;
    bool usable() const override;

    bool pipelines() const override { return true; }
    bool stalled() const override;
    std::size_t in_flight() const override { return queue_.size(); }
    Duration idle_for() const override;
    bool check() override;

    /// Runs a plain command without parameters; any number of statements, no rows.
    void run(std::string_view sql);
    void set_notify_hook(NotifyHook* hook) { hook_ = hook; }

private:
    std::size_t on_bytes(std::string_view bytes) override;
    bool holds_back() override;
    void on_sending() override;
    void on_broken() override;
    void on_message(char type, std::string_view body);
    void on_description(std::string_view body);
    void on_command_complete(std::string_view tag);
    void on_ready(char status);
    void on_error(std::string_view body);
    /// The first in line has its answer.
    void finish_first();
    void on_notification(std::string_view body);

    void require_open(std::string_view sql) const;
    Exchange& start_exchange();
    /// A short read, which others may run too before it is sent.
    bool may_gather(const Description& description) const;
    /// Puts the Sync behind the reads that are gathered.
    void close_gathering();
    /// Puts "BEGIN" and savepoints that wait in front of what comes next.
    void send_deferred();
    void send_command(std::string_view sql, Exchange& exchange);
    Prepared& prepared(const Ref<Description>& description, bool gathers = false);
    void send_parse(Prepared& statement, Exchange& exchange);
    void send_describe(const Prepared& statement);
    void describe(const Ref<Description>& description);
    /// Throws the answer, unless it only lacked the type of a text: then the texts are text.
    bool describe_once(const Ref<Description>& description);
    Exchange& send(std::string_view sql, std::span<const Param> params, bool alone);
    Exchange& try_again(Exchange& first, std::string_view sql, std::span<const Param> params);
    [[noreturn]] static void throw_null_character(std::string_view sql);
    void forget_once(const Ref<Description>& description);
    Exchange& send_statement(const Ref<Description>& description, std::span<const Param> params, bool alone);
    Exchange& send_portal(const Ref<Description>& description, std::span<const Param> params, const std::string& portal,
                          std::uint32_t rows_max, bool bind);
    void close_portal(const std::string& portal);
    /// Suspends until EXCHANGE is done. A cancelled fiber leaves it behind.
    void wait(Exchange& exchange, bool until_copy = false);
    void abandon(Exchange& exchange);
    /// Throws what EXCHANGE ended with, if that was no success; frees it then.
    void check_outcome(Exchange& exchange, std::string_view sql);
    bool is_stale(const Exchange& exchange) const;
    bool suffered_from_others(const Exchange& exchange) const;
    void forget(const Description& description);
    void deliver(const Exchange& exchange, RowSink sink);
    void close_stray_transaction(std::string_view sql);

    Ref<PgDriver> driver_;
    Ref<Wire> wire_;
    Ref<Descriptions> descriptions_;
    StatementCache statements_;
    ExchangeQueue queue_;
    std::vector<std::string> deferred_;
    std::optional<ServerMessage> deferred_error_;
    std::optional<ServerMessage> fatal_;
    NotifyHook* hook_ = nullptr;
    std::size_t unsent_ = 0;  // exchanges at the end of the line whose bytes were not sent yet
    Exchange* gathering_ = nullptr;  // the last one under a Sync that is still to come
    std::size_t gathered_ = 0;       // how many there are
    std::uint64_t last_portal_ = 0;
    std::int64_t opened_ = 0;
    std::int64_t read_at_ = 0;    // monotonic: when the bytes that are looked at came in
    std::int64_t last_done_ = 0;  // monotonic: when the last exchange ended
    char status_ = 'I';           // I idle, T in a transaction, E in a failed one
    bool in_block_ = false;       // between begin() and commit() or rollback()
    bool block_sent_ = false;     // something of the block has gone to the server
    bool doomed_ = false;         // to be closed, not used again
};

}  // namespace nuages::db::postgresql::detail

// Results in parts, and COPY.
#include <nuages/async/time.hpp>
#include <nuages/db/backends/postgresql/detail/session.hpp>
#include <nuages/db/errors.hpp>

#include <utility>

namespace nuages::db::postgresql::detail {

namespace {

constexpr std::string_view kSync("S\0\0\0\4", 5);
constexpr std::size_t kUnsentMost = 1 << 20;  // bytes of COPY data that wait for the kernel

}  // namespace

Exchange& PgSession::send_portal(const Ref<Description>& description, std::span<const Param> params,
                                 const std::string& portal, std::uint32_t rows_max, bool bind) {
    send_deferred();
    std::string& out = wire_->out();
    std::string bound;
    close_gathering();
    if (bind) {  // first, because a value may be refused
        Prepared& statement = prepared(description);
        bound = portal;
        bound += '\0';
        bound.append(statement.bind_head, 6);
        put_values(bound, description->signature, params);
        bound.append(description->formats);
    }
    Exchange& exchange = start_exchange();
    exchange.description = description;
    if (bind) {
        Prepared& statement = prepared(description);
        if (!statement.sent) send_parse(statement, exchange);
        MessageOut message(out, 'B');
        out.append(bound);
    }
    {
        MessageOut message(out, 'E');
        put_cstring(out, portal);
        put_u32(out, rows_max);
    }
    out.append(kSync);
    wire_->send_soon();
    return exchange;
}

void PgSession::close_portal(const std::string& portal) {
    if (!wire_->open()) return;
    close_gathering();
    Exchange& exchange = start_exchange();
    exchange.abandoned = true;
    {
        MessageOut message(wire_->out(), 'C');
        wire_->out() += 'P';
        put_cstring(wire_->out(), portal);
    }
    wire_->out().append(kSync);
    wire_->send_soon();
}

ExecuteResult PgSession::execute_streamed(std::string_view sql, std::span<const Param> params, std::size_t rows_at_once,
                                          RowSink sink) {
    require_open(sql);
    const std::int64_t start = async::monotonic_microseconds();
    const bool own_transaction = !in_block_;  // a portal lives as long as its transaction
    if (own_transaction) begin();
    const std::string portal = "nuages_" + std::to_string(++last_portal_);
    try {
        const Ref<Description> description = descriptions_->find(sql, params);
        if (!description->described) describe(description);
        for (bool first = true;; first = false) {
            require_open(sql);
            Exchange& exchange =
                send_portal(description, params, portal, static_cast<std::uint32_t>(rows_at_once), first);
            wait(exchange);
            check_outcome(exchange, sql);
            struct Free {
                ExchangeQueue& queue;
                Exchange* exchange;
                ~Free() { queue.recycle(exchange); }
            } free{queue_, &exchange};
            deliver(exchange, sink);
            if (!exchange.portal_suspended) break;
        }
    } catch (...) {
        if (own_transaction) {
            rollback();
        } else if (status_ == 'T') {
            close_portal(portal);
        }
        throw;
    }
    if (own_transaction) {
        commit();
    } else {
        close_portal(portal);
    }
    ExecuteResult result;
    result.microseconds = async::monotonic_microseconds() - start;
    return result;
}

ExecuteResult PgSession::copy_in(std::string_view sql, FunctionRef<bool(std::string& data)> more) {
    require_open(sql);
    const std::int64_t start = async::monotonic_microseconds();
    send_deferred();
    Exchange& exchange = start_exchange();
    exchange.copies = true;
    send_command(sql, exchange);
    wire_->send_soon();
    wait(exchange, true);
    if (!exchange.done) {
        std::string& out = wire_->out();
        try {
            std::string piece;  // apart from the wire's bytes, which may be sent while MORE waits for something
            for (bool again = true; again && !exchange.done && !exchange.error;) {
                piece.clear();
                again = more(piece);
                {
                    MessageOut message(out, 'd');
                    out.append(piece);
                }
                wire_->send_soon();
                while (wire_->unsent() > kUnsentMost && wire_->open()) async::sleep_for(milliseconds(1));
            }
            MessageOut message(out, 'c');
        } catch (...) {  // the server is told, and forgets the rows
            {
                MessageOut message(out, 'f');
                put_cstring(out, "the program could not go on");
            }
            wire_->send_soon();
            exchange.abandoned = !exchange.done;
            if (exchange.done) queue_.recycle(&exchange);
            throw;
        }
        wire_->send_soon();
        wait(exchange);
    }
    check_outcome(exchange, sql);
    ExecuteResult result;
    result.rows_changed = exchange.rows_changed;
    result.microseconds = async::monotonic_microseconds() - start;
    queue_.recycle(&exchange);
    return result;
}

}  // namespace nuages::db::postgresql::detail

#include <nuages/async/time.hpp>
#include <nuages/base/log.hpp>
#include <nuages/db/backends/postgresql/detail/session.hpp>
#include <nuages/db/errors.hpp>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace nuages::db::postgresql::detail {

namespace {

/// A read that took longer than this is given a connection of its own.
constexpr std::int64_t kFast = 5000;  // microseconds
/// A shared session whose oldest statement has waited so long takes no new ones.
constexpr std::int64_t kStalledAfter = 5000;
constexpr Duration kCheckTimeout = seconds(5);

constexpr std::size_t kGatheredMost = 32;  // reads under one Sync: those in front wait for those behind

constexpr std::string_view kSync("S\0\0\0\4", 5);

}  // namespace

PgSession::PgSession(Ref<PgDriver> driver, Ref<Wire> wire)
    : driver_(std::move(driver)), wire_(std::move(wire)), descriptions_(&driver_->descriptions()) {
    opened_ = last_done_ = async::monotonic_microseconds();
    wire_->start(*this);
}

PgSession::~PgSession() {
    if (hook_) hook_->on_connection_lost();
    wire_->stop();
}

bool PgSession::in_transaction() const {
    return in_block_ && wire_->open() && (!block_sent_ || status_ != 'I' || queue_.size() > 0);
}

bool PgSession::usable() const {
    if (!wire_->open() || doomed_ || in_block_) return false;
    const Duration max_age = driver_->options().max_age;
    return max_age.microseconds == 0 || queue_.size() > 0 ||
           async::coarse_monotonic_microseconds() - opened_ < max_age.microseconds;
}

bool PgSession::stalled() const {
    const Exchange* first = const_cast<ExchangeQueue&>(queue_).front();
    return first && async::coarse_monotonic_microseconds() - std::max(first->started, last_done_) > kStalledAfter;
}

Duration PgSession::idle_for() const {
    return queue_.size() > 0 ? Duration{} : Duration{async::monotonic_microseconds() - last_done_};
}

bool PgSession::check() {
    const PgOptions& options = driver_->options();
    if (queue_.size() > 0) return !stalled();
    const std::int64_t idle = idle_for().microseconds;
    if (options.idle_timeout.microseconds && idle > options.idle_timeout.microseconds) return false;
    if (options.health_check_after.microseconds == 0 || idle < options.health_check_after.microseconds) return true;
    try {
        async::with_timeout(std::min(kCheckTimeout, options.connect_timeout), [&] { run(""); });
        return true;
    } catch (const Error&) {
        return false;
    }
}

void PgSession::require_open(std::string_view sql) const {
    if (wire_->open()) return;
    if (fatal_) throw_error(*fatal_, sql);
    throw_lost(wire_->reason(), sql);
}

bool PgSession::may_gather(const Description& description) const {
    if (in_block_ || !description.may_share_sync || !description.is_fast || description.once) return false;
    const Prepared* statement = statements_.find(description);
    return statement && statement->sent && !driver_->options().pgbouncer;
}

void PgSession::close_gathering() {
    if (!gathering_) return;
    wire_->out().append(kSync);
    gathering_->syncs = true;
    gathering_ = nullptr;
}

void PgSession::on_sending() {
    close_gathering();
    unsent_ = 0;
}

Exchange& PgSession::start_exchange() {
    Exchange& exchange = queue_.push();
    ++unsent_;
    exchange.started = async::monotonic_microseconds();
    return exchange;
}

void PgSession::send_command(std::string_view sql, Exchange&) {
    close_gathering();
    MessageOut message(wire_->out(), 'Q');
    put_cstring(wire_->out(), sql);
}

void PgSession::send_deferred() {
    if (in_block_) block_sent_ = true;
    if (deferred_.empty()) return;
    for (const std::string& sql : deferred_) {
        Exchange& exchange = start_exchange();
        exchange.abandoned = true;
        send_command(sql, exchange);
    }
    deferred_.clear();
}

Prepared& PgSession::prepared(const Ref<Description>& description, bool gathers) {
    if (!gathers) close_gathering();
    std::string evicted;
    Prepared& statement = statements_.get(description, evicted);
    if (driver_->options().pgbouncer || description->once) {
        statement.sent = false;  // the unnamed statement is made anew each time
        statement.name.clear();
    }
    if (!evicted.empty()) {
        MessageOut message(wire_->out(), 'C');
        wire_->out() += 'S';
        put_cstring(wire_->out(), evicted);
    }
    if (statement.bind_head.empty()) {
        std::string& head = statement.bind_head;
        head.assign("B\0\0\0\0\0", 6);  // the unnamed portal
        put_cstring(head, statement.name);
        put_formats(head, description->signature);
    }
    return statement;
}

void PgSession::send_parse(Prepared& statement, Exchange& exchange) {
    std::string& out = wire_->out();
    {
        MessageOut message(out, 'P');
        put_cstring(out, statement.name);
        put_cstring(out, statement.description->sql);
        put_types(out, statement.description->signature);
    }
    statement.sent = true;
    exchange.parses = true;
    send_describe(statement);
}

void PgSession::send_describe(const Prepared& statement) {
    MessageOut message(wire_->out(), 'D');
    wire_->out() += 'S';
    put_cstring(wire_->out(), statement.name);
}

// Text is sent without a type. Where its place asks for none (CONCAT, jsonb_build_object), the server cannot tell, and the
// statement is tried again with texts named so. Inside a transaction a savepoint keeps the first try from ending it.
void PgSession::describe(const Ref<Description>& description) {
    const bool may_fail = description->signature.find('?') != std::string::npos;
    const bool guarded = may_fail && in_block_;
    if (guarded) deferred_.emplace_back("SAVEPOINT nuages_describe");
    if (describe_once(description)) {
        if (guarded) deferred_.emplace_back("RELEASE SAVEPOINT nuages_describe");
        return;
    }
    if (guarded) deferred_.emplace_back("ROLLBACK TO SAVEPOINT nuages_describe");
    std::replace(description->signature.begin(), description->signature.end(), '?', 'T');
    describe_once(description);
    if (guarded) deferred_.emplace_back("RELEASE SAVEPOINT nuages_describe");
}

bool PgSession::describe_once(const Ref<Description>& description) {
    send_deferred();
    Exchange& exchange = start_exchange();
    exchange.description = description;
    exchange.describes = true;
    Prepared& statement = prepared(description);
    if (statement.sent) {  // by another fiber, whose answer is on its way
        send_describe(statement);
    } else {
        send_parse(statement, exchange);
    }
    wire_->out().append(kSync);
    wire_->send_soon();
    wait(exchange);
    const bool untyped = exchange.error && exchange.parses && description->signature.find('?') != std::string::npos &&
                         (exchange.error->code == "42P18" || exchange.error->code == "42P08" || exchange.error->code == "42725" ||
                          exchange.error->code == "42804" || exchange.error->code == "42883");
    if (untyped) {
        std::string unused;
        statements_.drop(statements_.get(description, unused));
        queue_.recycle(&exchange);
        return false;
    }
    check_outcome(exchange, description->sql);
    queue_.recycle(&exchange);
    return true;
}

std::vector<std::string> PgSession::describe(std::string_view sql) {
    require_open(sql);
    const Ref<Description> description = descriptions_->find(sql, {});
    if (!description->described) describe(description);
    return description->names;
}

Exchange& PgSession::send_statement(const Ref<Description>& description, std::span<const Param> params, bool alone) {
    send_deferred();
    std::string& out = wire_->out();
    const bool gathers = !alone && may_gather(*description);
    if (gathering_ && (gathering_->description != description || gathered_ >= kGatheredMost)) close_gathering();
    Prepared& statement = prepared(description, gathers);
    const std::size_t before = out.size();
    const bool follows = gathers && gathering_;
    if (follows) gathering_->gathered = true;
    Exchange& exchange = start_exchange();
    exchange.description = description;
    exchange.gathered = follows;
    exchange.syncs = !gathers;
    if (gathers) {
        gathering_ = &exchange;
        gathered_ = follows ? gathered_ + 1 : 1;
    }
    try {
        if (!statement.sent) send_parse(statement, exchange);
        const std::size_t at = out.size();
        out.append(statement.bind_head);
        put_values(out, description->signature, params);
        out.append(description->formats);
        const std::uint32_t length = __builtin_bswap32(static_cast<std::uint32_t>(out.size() - at - 1));
        std::memcpy(out.data() + at + 1, &length, 4);
        MessageOut message(out, 'E');
        out += '\0';
        put_u32(out, 0);
    } catch (...) {  // a value that cannot be sent: nothing of this statement goes out, and its answer is one Sync
        out.resize(before);
        if (exchange.parses) statement.sent = false;
        exchange.parses = false;
        exchange.description = nullptr;
        exchange.abandoned = true;
        gathers ? close_gathering() : void(out.append(kSync));
        wire_->send_soon();
        throw;
    }
    if (!gathers) out.append(kSync);
    wire_->send_soon();
    return exchange;
}

void PgSession::wait(Exchange& exchange, bool until_copy) {
    const auto waits = [&] {
        return !exchange.done && !(until_copy && exchange.copy_ready);
    };
    try {
        while (waits()) async::suspend([&](async::Waker waker) { exchange.waker = std::move(waker); });
    } catch (...) {
        abandon(exchange);
        throw;
    }
}

// A short read may end behind our back. Anything else is interrupted, and the connection is closed.
void PgSession::abandon(Exchange& exchange) {
    if (exchange.done) {
        queue_.recycle(&exchange);
        return;
    }
    exchange.abandoned = true;
    exchange.waker = {};
    const Description* description = exchange.description.get();
    const bool is_short = description && description->reads_only && description->is_fast && !in_block_;
    if (is_short) return;
    doomed_ = true;
    wire_->request_cancel();
}

void PgSession::check_outcome(Exchange& exchange, std::string_view sql) {
    if (!exchange.error && !exchange.lost && !exchange.empty_query) [[likely]]
        return;
    struct Free {
        ExchangeQueue& queue;
        Exchange* exchange;
        ~Free() { queue.recycle(exchange); }
    } free{queue_, &exchange};
    if (exchange.description && exchange.parses && !exchange.parsed) forget(*exchange.description);
    if (exchange.empty_query && !exchange.error && !exchange.lost)
        throw ProgrammingError("can't execute an empty query", std::string(sql));
    if (deferred_error_) throw_error(*std::exchange(deferred_error_, std::nullopt), sql);
    if (exchange.error) throw_error(*exchange.error, sql);
    if (fatal_) throw_error(*fatal_, sql);
    throw_lost(wire_->reason(), sql);
}

/// The session's statement is gone (a pooler, DISCARD) or its columns have changed: it can be prepared anew.
bool PgSession::is_stale(const Exchange& exchange) const {
    if (!exchange.error || in_block_) return false;
    return exchange.error->code == "26000" ||
           (exchange.error->code == "0A000" && exchange.error->message.starts_with("cached plan must not change"));
}

/// What shares a Sync is one transaction to the server: by itself the read may not have met this.
bool PgSession::suffered_from_others(const Exchange& exchange) const {
    return exchange.gathered && exchange.error && (exchange.error->code == "40001" || exchange.error->code == "40P01");
}

void PgSession::forget(const Description& description) {
    std::string unused;
    Prepared& statement = statements_.get(Ref<Description>(const_cast<Description*>(&description)), unused);
    statements_.drop(statement);
    descriptions_->forget(description);
}

// Its frame, and those it is called from, stay on the stacks of all fibers that wait for an answer: what is rare stands apart.
ExecuteResult PgSession::execute(std::string_view sql, std::span<const Param> params, RowSink sink) {
    require_open(sql);
    if (sql.find('\0') != std::string_view::npos) throw_null_character(sql);
    Exchange* exchange = &send(sql, params, false);
    wait(*exchange);
    if (exchange->skipped || exchange->error) [[unlikely]]
        exchange = &try_again(*exchange, sql, params);
    check_outcome(*exchange, sql);
    struct Free {
        PgSession& session;
        Exchange* exchange;
        ~Free() { session.queue_.recycle(exchange); }
    } free{*this, exchange};
    Description& description = *exchange->description;
    if (description.once) forget_once(exchange->description);
    description.is_fast = exchange->took < kFast;
    if (status_ != 'I' && !in_block_) [[unlikely]]
        close_stray_transaction(sql);
    deliver(*exchange, sink);
    ExecuteResult result;
    result.rows_changed = exchange->rows_changed;
    result.microseconds = exchange->ended - exchange->started;
    return result;
}

Exchange& PgSession::send(std::string_view sql, std::span<const Param> params, bool alone) {
    const Ref<Description> description = descriptions_->find(sql, params);
    if (!description->described) [[unlikely]] {
        describe(description);
        require_open(sql);
    }
    return send_statement(description, params, alone);
}

// Sends what can be sent again until it has an answer of its own.
Exchange& PgSession::try_again(Exchange& first, std::string_view sql, std::span<const Param> params) {
    Exchange* exchange = &first;
    for (bool again = false, alone = false;;) {
        const bool stale = !again && is_stale(*exchange);
        const bool spoiled = exchange->skipped || suffered_from_others(*exchange);
        if (!stale && !spoiled) return *exchange;
        if (stale) forget(*Ref<Description>(exchange->description));
        again = again || stale;
        alone = alone || spoiled;
        queue_.recycle(exchange);
        require_open(sql);
        exchange = &send(sql, params, alone);
        wait(*exchange);
    }
}

void PgSession::throw_null_character(std::string_view sql) {
    throw ProgrammingError("the query contains a null character", std::string(sql));
}

void PgSession::forget_once(const Ref<Description>& description) {
    std::string unused;
    statements_.drop(statements_.get(description, unused));
}

void PgSession::close_stray_transaction(std::string_view sql) {
    Exchange& exchange = start_exchange();
    exchange.abandoned = true;
    send_command("ROLLBACK", exchange);
    wire_->send_soon();
    throw ProgrammingError("a transaction that SQL text opens would outlive the statement: use atomic()",
                           std::string(sql));
}

void PgSession::run(std::string_view sql) {
    require_open(sql);
    send_deferred();
    Exchange& exchange = start_exchange();
    send_command(sql, exchange);
    wire_->send_soon();
    wait(exchange);
    exchange.empty_query = false;
    check_outcome(exchange, sql);
    queue_.recycle(&exchange);
}

void PgSession::begin() {
    require_open("BEGIN");
    in_block_ = true;
    block_sent_ = false;
    deferred_error_.reset();
    deferred_.assign(1, driver_->options().begin);
}

bool PgSession::commit() {
    const async::CancelShield shield;  // from here on it is done or it failed
    if (!block_sent_) {
        in_block_ = false;
        deferred_.clear();
        return true;
    }
    if (status_ == 'E' || !wire_->open()) {
        rollback();
        if (!wire_->open()) require_open("COMMIT");
        return false;
    }
    send_deferred();
    Exchange& exchange = start_exchange();
    send_command("COMMIT", exchange);
    wire_->send_soon();
    wait(exchange);
    in_block_ = false;
    check_outcome(exchange, "COMMIT");
    const bool rolled_back = exchange.rolled_back;
    queue_.recycle(&exchange);
    return !rolled_back;
}

void PgSession::rollback() {
    in_block_ = false;
    deferred_.clear();
    deferred_error_.reset();
    if (!block_sent_ || !wire_->open()) return;
    if (queue_.size() > 0) {  // a cancelled fiber left a statement that may run for long
        doomed_ = true;
        wire_->request_cancel();
        return;
    }
    Exchange& exchange = start_exchange();
    exchange.abandoned = true;
    send_command("ROLLBACK", exchange);
    wire_->send_soon();
}

void PgSession::savepoint(int id) { deferred_.push_back("SAVEPOINT s" + std::to_string(id)); }

void PgSession::savepoint_rollback(int id) {
    const std::string name = std::to_string(id);
    if (!deferred_.empty() && deferred_.back() == "SAVEPOINT s" + name) {  // nothing came after it
        deferred_.pop_back();
        return;
    }
    require_open("ROLLBACK TO SAVEPOINT s" + name);
    deferred_.push_back("ROLLBACK TO SAVEPOINT s" + name);
    deferred_.push_back("RELEASE SAVEPOINT s" + name);
    status_ = status_ == 'E' ? 'T' : status_;
}

void PgSession::savepoint_commit(int id) {
    const std::string name = std::to_string(id);
    if (!deferred_.empty() && deferred_.back() == "SAVEPOINT s" + name) {
        deferred_.pop_back();
        return;
    }
    if (status_ == 'E' && deferred_.empty())
        throw InternalError("current transaction is aborted, commands ignored until end of transaction block",
                            "RELEASE SAVEPOINT s" + name, "25P02");
    require_open("RELEASE SAVEPOINT s" + name);
    deferred_.push_back("RELEASE SAVEPOINT s" + name);
}

void PgSession::deliver(const Exchange& exchange, RowSink sink) {
    constexpr std::size_t kColumnsInPlace = 48;
    const std::vector<Column>& columns = exchange.columns ? *exchange.columns : exchange.description->columns;
    const std::size_t count = columns.size();
    // Raw memory: making all of these Cells would cost more than a row of two columns.
    alignas(Cell) unsigned char in_place[kColumnsInPlace * sizeof(Cell)];
    std::vector<Cell> many;
    if (count > kColumnsInPlace) many.resize(count);
    Cell* const cells = count > kColumnsInPlace ? many.data() : reinterpret_cast<Cell*>(in_place);
    Scratch scratch;
    const char* at = exchange.rows.data();
    const char* const end = at + exchange.rows.size();
    while (at < end) {
        const char* const row_end = at + 1 + read_u32(at + 1);
        if (row_end > end || row_end - at < 7 || read_u16(at + 5) != count)
            throw InternalError("the server sent a row of another shape than it announced");
        at += 7;
        scratch.clear();
        for (std::size_t i = 0; i < count; ++i) {
            if (row_end - at < 4) throw InternalError("the server sent a row that is cut short");
            const std::int32_t size = read_i32(at);
            at += 4;
            if (size < 0) {
                new (cells + i) Cell();
                continue;
            }
            if (row_end - at < size) throw InternalError("the server sent a row that is cut short");
            new (cells + i) Cell(read_cell(columns[i], {at, static_cast<std::size_t>(size)}, scratch));
            at += size;
        }
        at = row_end;
        sink({cells, count});
    }
}

}  // namespace nuages::db::postgresql::detail

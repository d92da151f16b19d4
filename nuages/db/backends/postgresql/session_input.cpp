// What comes in on a session's wire, message by message. Runs on the loop, outside any fiber.
#include <nuages/async/time.hpp>
#include <nuages/base/log.hpp>
#include <nuages/db/backends/postgresql/detail/session.hpp>

#include <algorithm>
#include <charconv>

namespace nuages::db::postgresql::detail {

std::size_t PgSession::on_bytes(std::string_view bytes) {
    read_at_ = async::monotonic_microseconds();
    std::size_t used = 0, rows_from = 0;
    bool in_rows = false;
    const auto keep_rows = [&] {  // rows that follow each other are copied at once
        if (!in_rows) return;
        in_rows = false;
        Exchange* exchange = queue_.front();
        if (exchange && !exchange->abandoned) exchange->rows.append(bytes.substr(rows_from, used - rows_from));
    };
    while (bytes.size() - used >= 5) {
        const std::size_t length = read_u32(bytes.data() + used + 1);
        if (length < 4 || length > (std::size_t(1) << 30)) {
            wire_->fail("lost synchronization with server: got message type \"" + std::string(1, bytes[used]) +
                        "\", length " + std::to_string(length));
            return bytes.size();
        }
        if (bytes.size() - used < length + 1) break;
        if (bytes[used] == 'D') {
            if (!in_rows) rows_from = used;
            in_rows = true;
        } else {
            keep_rows();
            on_message(bytes[used], bytes.substr(used + 5, length - 4));
            if (!wire_->open()) return bytes.size();
        }
        used += length + 1;
    }
    keep_rows();
    return used;
}

// While short reads are out, the next ones gather: the server would not look at them sooner, and one system call takes them
// all.
bool PgSession::holds_back() {
    if (in_block_ || unsent_ == 0 || queue_.size() <= unsent_) return false;
    const Exchange& first = *queue_.front();
    return first.description && first.description->reads_only && first.description->is_fast && !first.describes;
}

void PgSession::on_message(char type, std::string_view body) {
    Exchange* exchange = queue_.front();
    switch (type) {
        case 'Z': return on_ready(body.empty() ? 'I' : body[0]);
        case 'C': return on_command_complete(body.substr(0, body.find('\0')));
        case 'T': return on_description(body);
        case 'n':
            if (exchange && (exchange->parses || exchange->describes)) on_description(std::string_view("\0\0", 2));
            return;
        case '1':
            if (exchange) exchange->parsed = true;
            return;
        case 'E': return on_error(body);
        case 'N': {
            const ServerMessage message = ServerMessage::parse(body);
            if (log::enabled(log::Level::debug)) log::debug("nuages.db", message.severity + ": " + message.message);
            return;
        }
        case 'A': return on_notification(body);
        case 's':
            if (exchange) exchange->portal_suspended = true;
            return;
        case 'I':
            if (exchange) exchange->empty_query = true;
            return;
        case 'G':
            if (exchange && exchange->copies) {
                exchange->copy_ready = true;
                exchange->waker.wake();
            } else {
                {
                    MessageOut message(wire_->out(), 'f');
                    put_cstring(wire_->out(), "COPY FROM STDIN is not for execute(): use copy_in()");
                }
                wire_->out().append("S\0\0\0\4", 5);  // the one that was sent was taken for data
                wire_->send_soon();
            }
            return;
        default: return;  // '2' '3' 't' 'S' 'H' 'd' 'c': nothing to do
    }
}

// Without a Sync of its own an answer ends with the error, and the server skips what follows up to the Sync.
void PgSession::on_error(std::string_view body) {
    Exchange* exchange = queue_.front();
    ServerMessage message = ServerMessage::parse(body);
    if (message.fatal()) fatal_ = message;
    if (!exchange) return;
    if (!exchange->error) exchange->error = std::make_unique<ServerMessage>(std::move(message));
    if (exchange->syncs) return;
    finish_first();
    while (queue_.front() && !queue_.front()->syncs) {
        queue_.front()->skipped = true;
        finish_first();
    }
    if (queue_.front()) queue_.front()->skipped = true;
}

void PgSession::on_description(std::string_view body) {
    Exchange* exchange = queue_.front();
    if (!exchange || !exchange->description) return;
    MessageIn in(body);
    std::vector<Column> columns(in.u16());
    std::vector<std::string> names;
    for (Column& column : columns) {
        names.emplace_back(in.cstring());
        in.u32();  // table
        in.u16();  // its column
        column = column_of(in.u32());
        in.u16();  // size
        in.u32();  // modifier
        in.u16();  // format
    }
    if (in.broken) return wire_->fail("lost synchronization with server: a row description is cut short");
    Description& description = *exchange->description;
    if (!description.described || exchange->describes) {
        description.formats.clear();
        put_u16(description.formats, static_cast<std::uint16_t>(columns.size()));
        for (const Column& column : columns) put_u16(description.formats, column.binary ? 1 : 0);
        description.names = std::move(names);
        description.columns = std::move(columns);
        description.described = true;
        return;
    }
    const bool same = std::equal(columns.begin(), columns.end(), description.columns.begin(), description.columns.end(),
                                 [](const Column& a, const Column& b) { return a.oid == b.oid; });
    if (same) return;
    // The table was altered between two sessions' looks at it. The formats that were asked for are the old ones.
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const bool binary = i < description.columns.size() && description.columns[i].binary;
        if (binary && !columns[i].binary) columns[i].code = ColumnCode::bytea;
        if (!binary) columns[i].code = ColumnCode::text;
        columns[i].binary = binary;
    }
    exchange->columns = std::make_unique<std::vector<Column>>(std::move(columns));
    descriptions_->forget(description);
}

void PgSession::on_command_complete(std::string_view tag) {
    Exchange* exchange = queue_.front();
    if (!exchange) return;
    if (!exchange->syncs) return finish_first();  // a read: how many rows came is seen from them
    exchange->rolled_back = tag == "ROLLBACK";
    if (tag.starts_with("SELECT")) return;
    const std::size_t space = tag.rfind(' ');
    if (space == std::string_view::npos) return;
    std::from_chars(tag.data() + space + 1, tag.data() + tag.size(), exchange->rows_changed);
}

void PgSession::on_ready(char status) {
    status_ = status;
    if (!queue_.front()) return;
    finish_first();
    if (unsent_ > 0) wire_->send_soon();
}

void PgSession::finish_first() {
    Exchange* exchange = queue_.pop();
    if (const Exchange* next = queue_.front()) {  // many may end in one turn: what the next two touch is on its way
        next->waker.fetch_ahead();
        __builtin_prefetch(next->next, 1);
    }
    const std::int64_t now = read_at_;
    exchange->took = now - std::max(exchange->started, last_done_);
    exchange->ended = now;
    last_done_ = now;
    exchange->done = true;
    if (!exchange->abandoned) {
        exchange->waker.wake();
        return;
    }
    if (exchange->error && !exchange->description && in_block_) deferred_error_ = std::move(*exchange->error);
    queue_.recycle(exchange);
}

void PgSession::on_notification(std::string_view body) {
    MessageIn in(body);
    const int sender = static_cast<int>(in.u32());
    const std::string_view channel = in.cstring();
    const std::string_view payload = in.cstring();
    if (!in.broken && hook_) hook_->on_notification(channel, payload, sender);
}

void PgSession::on_broken() {
    gathering_ = nullptr;
    while (queue_.front()) {
        Exchange* exchange = queue_.pop();
        exchange->done = exchange->lost = true;
        if (exchange->abandoned) {
            queue_.recycle(exchange);
        } else {
            exchange->waker.wake();
        }
    }
    if (hook_) hook_->on_connection_lost();
}

}  // namespace nuages::db::postgresql::detail

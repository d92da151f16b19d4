#include <nuages/async/channel.hpp>
#include <nuages/async/errors.hpp>
#include <nuages/async/fiber.hpp>
#include <nuages/async/task.hpp>
#include <nuages/db/backend.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/database.hpp>
#include <nuages/db/models/detail/extra_reader.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/row_stream.hpp>

#include <exception>
#include <utility>

namespace nuages::db::models {

namespace {

/// Unwinds the producer when nobody wants more rows.
struct NobodyWantsMore {};

bool has_cursors(const Connection& connection) {
    const Driver& driver = connection.database().driver();
    // With one connection for everything the loop's own queries would wait for the cursor's.
    return driver.has_server_side_cursors() && (driver.pool_size() > 1 || connection.in_atomic_block());
}

}  // namespace

struct RowStream::Producer final : async::detail::TaskBase {
    const Query query;
    const ModelOps& ops;
    const ExtraColumns extras;
    const std::size_t chunk;  // 0: all rows at once
    async::Channel<bool> demand{1};
    async::Channel<Ref<RowList>> chunks{1};

    Producer(Query rows, const ModelOps& row_ops, ExtraColumns columns, std::size_t at_once)
        : query(std::move(rows)), ops(row_ops), extras(columns), chunk(at_once) {}

    void call() override {
        struct Close {
            Producer& producer;
            ~Close() { producer.chunks.close(); }
        } close{*this};
        try {
            produce();
        } catch (const NobodyWantsMore&) {
        }
    }

private:
    void produce() {
        Ref<RowList> rows = make_ref<RowList>(query.meta(), ops);
        const ExtraReader reader(query, extras);
        fetch_objects(
            query, [&] { return rows->append(); },
            [&](void* object, const Cell* cells) {
                reader.read(object, cells);
                if (rows->size() == chunk) hand_over(std::exchange(rows, make_ref<RowList>(query.meta(), ops)));
            },
            nullptr, reader.count(), nullptr, chunk);
        if (rows->size() > 0) chunks.send(std::move(rows));
    }
    void hand_over(Ref<RowList> rows) {
        chunks.send(std::move(rows));
        if (!demand.receive()) throw NobodyWantsMore();
    }
};

RowStream::RowStream(Query query, const ModelOps& ops, ExtraColumns extras, std::size_t chunk)
    : query_(std::move(query)), ops_(ops), extras_(extras), chunk_(chunk) {}

RowStream::~RowStream() {
    if (!producer_ || producer_->done()) return;
    const async::CancelShield shield;
    producer_->demand.close();
    producer_->wait();
    producer_->observe();  // an error after the last row that was wanted
}

Ref<RowList> RowStream::next() {
    if (done_) return {};
    if (producer_) {
        producer_->demand.send(true);
    } else {
        const std::size_t at_once = has_cursors(db::connection(query_.database())) ? chunk_ : 0;
        producer_ = make_ref<Producer>(query_, ops_, extras_, at_once);
        async::detail::start_task(Ref<async::detail::TaskBase>(producer_.get()), true);
    }
    try {
        if (std::optional<Ref<RowList>> rows = producer_->chunks.receive()) return std::move(*rows);
        done_ = true;
        producer_->wait();
    } catch (const async::Cancelled&) {
        producer_->cancel();
        throw;
    }
    producer_->rethrow();
    return {};
}

}  // namespace nuages::db::models

#include <nuages/db/detail/transaction_state.hpp>

namespace nuages::db {

const QueryStats* current_stats() { return detail::context().stats; }

StatsScope::StatsScope(bool record) {
    detail::Context& context = detail::context();
    outer_ = context.stats;
    stats_.record = record || outer_->record;
    context.stats = &stats_;
}

StatsScope::~StatsScope() {
    detail::context().stats = outer_;
    outer_->count += stats_.count;
    outer_->transactions += stats_.transactions;
    outer_->microseconds += stats_.microseconds;
    if (outer_->record)
        outer_->statements.insert(outer_->statements.end(), stats_.statements.begin(), stats_.statements.end());
}

}  // namespace nuages::db

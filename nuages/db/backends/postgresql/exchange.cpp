#include <nuages/db/backends/postgresql/detail/exchange.hpp>

#include <utility>

namespace nuages::db::postgresql::detail {

namespace {

constexpr std::size_t kSparesMost = 1024;
constexpr std::size_t kRowsKept = 4 * 1024;  // bytes of memory that a spare exchange may hold

}  // namespace

void Exchange::reset() {
    std::string memory = std::move(rows);
    *this = Exchange();
    if (memory.capacity() <= kRowsKept) {
        memory.clear();
        rows = std::move(memory);
    }
}

ExchangeQueue::~ExchangeQueue() {
    while (first_) delete std::exchange(first_, first_->next);
    while (spare_) delete std::exchange(spare_, spare_->next);
}

Exchange& ExchangeQueue::push() {
    Exchange* made;
    if (spare_) {
        made = std::exchange(spare_, spare_->next);
        made->next = nullptr;
        --spares_;
    } else {
        made = new Exchange;
    }
    (last_ ? last_->next : first_) = made;
    last_ = made;
    ++size_;
    return *made;
}

Exchange* ExchangeQueue::pop() {
    Exchange* out = std::exchange(first_, first_->next);
    if (!first_) last_ = nullptr;
    out->next = nullptr;
    --size_;
    return out;
}

void ExchangeQueue::recycle(Exchange* exchange) {
    if (spares_ >= kSparesMost) {
        delete exchange;
        return;
    }
    exchange->reset();
    exchange->next = std::exchange(spare_, exchange);
    ++spares_;
}

}  // namespace nuages::db::postgresql::detail

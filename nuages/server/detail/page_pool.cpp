#include <nuages/server/detail/page_pool.hpp>

#include <sys/mman.h>

#include <new>

namespace nuages::server::detail {

namespace {

constexpr std::size_t kPagesPerMapping = 256;
constexpr std::size_t kWarmPages = 64;  // free ones that keep their memory

}  // namespace

PagePool::~PagePool() {
    for (char* mapping : mappings_) munmap(mapping, kPagesPerMapping * kPageSize);
}

char* PagePool::take() {
    std::vector<char*>& free = warm_.empty() ? cold_ : warm_;
    if (free.empty()) {
        mappings_.reserve(mappings_.size() + 1);
        warm_.reserve(kWarmPages);
        cold_.reserve((mappings_.size() + 1) * kPagesPerMapping);
        void* mapping = mmap(nullptr, kPagesPerMapping * kPageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                             -1, 0);
        if (mapping == MAP_FAILED) throw std::bad_alloc();
        // A huge page would make each of these pages dear again. Systems without them refuse, which is as good.
        madvise(mapping, kPagesPerMapping * kPageSize, MADV_NOHUGEPAGE);
        mappings_.push_back(static_cast<char*>(mapping));
        for (std::size_t i = kPagesPerMapping; i-- > 0;) cold_.push_back(mappings_.back() + i * kPageSize);
    }
    char* page = free.back();
    free.pop_back();
    return page;
}

void PagePool::give_back(char* page) noexcept {
    if (warm_.size() < kWarmPages) return warm_.push_back(page);
    forget(page);
    cold_.push_back(page);
}

void PagePool::forget(char* page) noexcept { madvise(page, kPageSize, MADV_DONTNEED); }

}  // namespace nuages::server::detail

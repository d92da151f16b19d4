// DummyCache: answers as an empty cache does, so that a site under development sees every change at once.
#include <nuages/core/cache/cache.hpp>

namespace nuages::core::cache {
namespace {

class DummyCache final : public Cache {
public:
    using Cache::Cache;

protected:
    std::optional<std::string> do_get(const std::string&) override { return std::nullopt; }
    void do_set(const std::string&, std::string_view, std::optional<Duration>) override {}
    bool do_add(const std::string&, std::string_view, std::optional<Duration>) override { return true; }
    bool do_touch(const std::string&, std::optional<Duration>) override { return false; }
    bool do_delete(const std::string&) override { return false; }
    std::optional<std::int64_t> do_incr(const std::string&, std::int64_t) override { return std::nullopt; }
    void do_clear() override {}
};

}  // namespace

Ref<Cache> dummy(CacheOptions options) { return make_ref<DummyCache>(std::move(options)); }

}  // namespace nuages::core::cache

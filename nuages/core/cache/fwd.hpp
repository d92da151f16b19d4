// Forward declarations of nuages::core::cache names.
#pragma once

namespace nuages::core::cache {
class Cache;
class Timeout;
struct CacheOptions;
}  // namespace nuages::core::cache

namespace nuages {
namespace cache = core::cache;
}

// TLS through OpenSSL, as a layer of a Transport.
#pragma once

#include <nuages/server/detail/transport.hpp>
#include <nuages/server/tls_options.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace nuages::server::detail {

struct TlsContexts;

/// A server's certificates, ready for use by all its threads.
class TlsStore {
public:
    /// Reads the files. Throws Error.
    explicit TlsStore(TlsOptions options);
    ~TlsStore();
    TlsStore(const TlsStore&) = delete;
    TlsStore& operator=(const TlsStore&) = delete;

    /// The layer of a connection that was just accepted. Looks for changed files when it is time; what can't be read
    /// then is logged, and the former certificates stay. Throws std::bad_alloc.
    std::unique_ptr<Layer> accept(int socket, std::int64_t now_us);

private:
    std::shared_ptr<const TlsContexts> current(std::int64_t now_us);

    TlsOptions options_;
    std::mutex mutex_;
    std::shared_ptr<const TlsContexts> contexts_;
    std::int64_t looked_us_ = 0;
};

}  // namespace nuages::server::detail

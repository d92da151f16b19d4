// What a client may make the server hold, and for how long.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nuages::server {

/// Sizes in bytes unless said otherwise. Each has the status that answers a request beyond it.
struct Limits {
    std::size_t request_line = 8 * 1024;    ///< method, target and version together: 414
    std::size_t header_line = 16 * 1024;    ///< name and value of one header: 431
    std::size_t header_bytes = 64 * 1024;   ///< all header lines together: 431
    std::size_t header_count = 100;         ///< lines, not bytes: 431
    std::uint64_t body = 128 * 1024 * 1024;  ///< decoded body: 413, as soon as it is known
    /// The part of a body that is kept in memory; a longer one goes to a temporary file.
    std::size_t body_in_memory = 1024 * 1024;
    std::size_t chunk_line = 256;           ///< a chunk's size with its extensions: 400
    std::size_t trailer_bytes = 8 * 1024;   ///< all trailer lines together: 431
    /// Per thread, what its connections hold together while requests arrive and are handled: 503. Small requests do not
    /// count: each connection has 4 KiB of its own.
    std::size_t buffered_total = 256 * 1024 * 1024;
    /// Per thread, what bodies take on the disk together: 503.
    std::uint64_t spooled_total = 1024 * 1024 * 1024;
};

}  // namespace nuages::server

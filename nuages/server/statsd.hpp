// Counts for a StatsD daemon (or Datadog's, Telegraf, statsd_exporter), in one datagram for each turn of a loop:
//
//     PREFIX.requests:3|c                 requests that were answered
//     PREFIX.request.status.200:2|c       by the status of the answer
//     PREFIX.request.duration:1.204|ms    one for each; refused requests have none
//     PREFIX.workers:4|g                  processes, from the master
//     PREFIX.log.error:1|c                records of the log: warning, error, critical
//
// With the prefix "gunicorn" these are gunicorn's names. A daemon that is slow or gone costs datagrams, never time.
#pragma once

#include <nuages/base/log.hpp>
#include <nuages/server/server.hpp>

#include <string>
#include <string_view>

namespace nuages::server {

struct StatsdOptions {
    std::string host;               ///< "host:port", "[::1]:port" or "unix:/path", a datagram socket
    std::string prefix = "nuages";  ///< of all names, without the dot between
    std::string tags;               ///< DogStatsD's "env:live,site:shop"; empty: none
};

class Statsd {
public:
    /// Throws Error on what check_statsd() refuses, and when the host cannot be found.
    explicit Statsd(const StatsdOptions& options);
    ~Statsd();
    Statsd(const Statsd&) = delete;
    Statsd& operator=(const Statsd&) = delete;

    /// On a loop's thread (ServerOptions::access_log); sent when the loop has turned.
    void count(const AccessRecord& record);
    /// Sends what this thread has counted (ServerOptions::on_thread_stop).
    void flush() noexcept;
    /// A record of the log. From any thread.
    void count(log::Level level) noexcept;
    void set_workers(std::size_t workers) noexcept;

private:
    void append(std::string& out, std::string_view name, std::string_view value) const;
    void send(std::string_view datagram) const noexcept;

    std::string prefix_;
    std::string end_;  // of each line: the tags
    int socket_ = -1;
};

/// Throws Error naming what in OPTIONS is no address, prefix or list of tags. Looks no name up.
void check_statsd(const StatsdOptions& options);

}  // namespace nuages::server

// The access log: gunicorn's format with all of its atoms, or a line of JSON for each request.
//
//     %(h)s client   %(l)s -   %(u)s user of Basic authentication   %(t)s [09/Mar/2026:13:05:09 +0000]
//     %(r)s GET /a?b HTTP/1.1   %(m)s method   %(U)s path   %(q)s query   %(H)s protocol   %(s)s status
//     %(B)s bytes of the body   %(b)s the same, or -   %(f)s referrer   %(a)s user agent
//     %(T)s seconds   %(M)s milliseconds   %(D)s microseconds   %(L)s seconds with six decimals   %(p)s <process>
//     %({name}i)s request header   %({name}o)s response header   %({NAME}e)s REMOTE_ADDR, PATH_INFO, REQUEST_ID ...
//
// What a client sent is escaped: neither a quote nor a control character can forge a field or a line.
#pragma once

#include <nuages/server/log_file.hpp>
#include <nuages/server/server.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nuages::server {

inline constexpr std::string_view kAccessLogFormat = R"(%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s")";

/// A format, compiled.
class AccessFormat {
public:
    /// FORMAT, or "json". Throws Error naming what is no atom.
    explicit AccessFormat(std::string_view format);
    /// Appends the line of RECORD with its end.
    void append(std::string& out, const AccessRecord& record) const;

private:
    struct Part {
        char atom = 0;     // 0: `text` stands for itself
        std::string text;  // or the name between braces
    };
    void append_part(std::string& out, const Part& part, const AccessRecord& record) const;

    std::vector<Part> parts_;
    bool is_json_ = false;
};

/// Writes the lines of a server's threads. Each thread gathers those of one turn of its loop and writes them at once.
class AccessLog {
public:
    AccessLog(std::string path, std::string_view format) : format_(format), file_(std::move(path), 1) {}

    /// On a loop's thread (ServerOptions::access_log).
    void write(const AccessRecord& record);
    /// Writes what this thread has gathered (ServerOptions::on_thread_stop).
    void flush() noexcept;
    void reopen() { file_.reopen(); }

private:
    AccessFormat format_;
    LogFile file_;
};

}  // namespace nuages::server

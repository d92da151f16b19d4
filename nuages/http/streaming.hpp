// Responses that are written while they are sent: StreamingHttpResponse and server-sent events.
//
//     Response export_csv(Request&) {
//         return StreamingHttpResponse([](ResponseStream& out) {
//             for (const Entry& entry : Entry::objects.all()) out.write(csv_line(entry));
//         }, {.content_type = "text/csv"});
//     }
//
// The function runs on the request's fiber when the head has been sent: the request lives until it returns, the
// middleware has done its part already. It holds no more than 64 KiB that the client has not taken yet.
#pragma once

#include <nuages/base/duration.hpp>
#include <nuages/http/response.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace nuages::http {

/// Where a streaming view writes.
class ResponseStream {
public:
    /// Sends CHUNK, at once as far as the client takes it. Suspends the fiber while too much is on its way already.
    /// Throws RequestAborted when the client has gone. A view that waits for something else is unwound with
    /// async::Cancelled then.
    virtual void write(std::string_view chunk) = 0;
    /// False once the client has gone.
    virtual bool is_connected() const noexcept = 0;
    /// A field to stand behind the body: a checksum, how it went. Sent when the body goes in chunks and the client has
    /// asked for trailers (`TE: trailers`), else dropped; the view may announce it in a Trailer header. Throws
    /// BadHeaderError as Response::set() does, and for what may not stand there (RFC 9110, 6.5.1).
    void add_trailer(std::string_view name, std::string_view value);

protected:
    ~ResponseStream() = default;
    /// Takes a field that is known to be good.
    virtual void take_trailer(std::string_view name, std::string_view value);
};

/// A response whose body WRITE makes (django.http.StreamingHttpResponse). Sent in chunks, or, when the view sets
/// Content-Length, as that many bytes. An exception of WRITE cuts the response off, so that the client notices. Not
/// called for HEAD.
Response StreamingHttpResponse(Function<void(ResponseStream&)> write, const ResponseOptions& options = {});

/// The same from anything that a range-for walks through and that gives text: a container, a generator.
template <class Chunks>
    requires(!std::is_invocable_v<std::decay_t<Chunks>&, ResponseStream&> &&
             requires(std::decay_t<Chunks>& chunks) { std::string_view(*chunks.begin()); })
Response StreamingHttpResponse(Chunks&& chunks, const ResponseOptions& options = {}) {
    return StreamingHttpResponse(
        [kept = std::decay_t<Chunks>(std::forward<Chunks>(chunks))](ResponseStream& out) mutable {
            for (const auto& chunk : kept) out.write(chunk);
        },
        options);
}

/// The whole body of a response, of a streaming one by running it here: for tests, and for middleware that needs it.
std::string body_of(const Response& response);

/// One message of an event stream (HTML, 9.2).
struct ServerEvent {
    std::string_view data = {};            ///< any lines
    std::string_view event = {};           ///< its type; empty: "message"
    std::optional<std::string_view> id = {};  ///< what Last-Event-ID of a new connection will say
    std::optional<Duration> retry = {};    ///< how long the browser waits before it connects again
};

/// Where a view writes events.
class EventStream {
public:
    explicit EventStream(ResponseStream& out) : out_(out) {}
    /// Sends one event. Throws BadHeaderError when its type or id has a line break or NUL.
    void send(const ServerEvent& event);
    void send(std::string_view data) { send(ServerEvent{.data = data}); }
    /// Sends a line that browsers ignore: keeps proxies from giving the connection up.
    void comment(std::string_view text = {});
    bool is_connected() const noexcept { return out_.is_connected(); }

private:
    ResponseStream& out_;
    std::string line_;
};

/// Server-sent events: WRITE runs until it returns or the browser goes. When the server drains, WRITE is unwound with
/// async::Cancelled and the stream ends; browsers connect anew.
Response EventStreamResponse(Function<void(EventStream&)> write);

/// A connection that speaks another protocol from here on.
class UpgradedConnection {
public:
    /// Waits for input and reads at most SIZE bytes of it; 0 when the peer has ended or is gone.
    virtual std::size_t read(char* data, std::size_t size) = 0;
    /// Sends BYTES; suspends while too much is on its way. Throws RequestAborted when the peer is gone.
    virtual void write(std::string_view bytes) = 0;
    virtual bool is_connected() const noexcept = 0;

protected:
    ~UpgradedConnection() = default;
};

/// 101 Switching Protocols to PROTOCOL ("websocket"); when that is sent TALK has the connection, on the request's fiber,
/// and it closes when TALK returns. When the server drains TALK is unwound with async::Cancelled. Whatever answers
/// instead of this response (a middleware that refuses) stops the upgrade.
Response UpgradeResponse(std::string_view protocol, Function<void(UpgradedConnection&)> talk);

}  // namespace nuages::http

namespace nuages {
using http::EventStream;
using http::EventStreamResponse;
using http::ResponseStream;
using http::ServerEvent;
using http::StreamingHttpResponse;
}  // namespace nuages

// One client's connection: reads into its buffer, hands whole requests to a fiber, sends the responses.
//
// Only the handler runs on a fiber. Reading and sending are callbacks on the loop, so neither an idle client nor one
// that reads slowly holds a stack. Pipelined requests are answered one after the other by the same fiber, their
// responses gathered in one buffer and sent at once. A streaming response, and a connection that was upgraded, keep their
// fiber: what they write is sent beside it (connection_stream.cpp).
#pragma once

#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>
#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>
#include <nuages/server/detail/buffer.hpp>
#include <nuages/server/detail/response_writer.hpp>
#include <nuages/server/detail/spooled_body.hpp>
#include <nuages/server/detail/transport.hpp>
#include <nuages/server/request_parser.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace nuages::server::detail {

class Worker;

class Connection final : public async::detail::Job {
public:
    /// Takes over the descriptor.
    Connection(Worker& worker, Descriptor socket, const Endpoint& peer);
    ~Connection() override;

    void begin();
    /// On a fiber: answers the requests that have arrived.
    void run() noexcept override;

    /// Called now and then; acts when a deadline has passed.
    void check_deadline(std::int64_t now_us);
    /// The server is ending: closes now if idle, else after the present request.
    void drain(std::int64_t now_us);
    /// Drops the connection whatever it is doing (not its running handler).
    void abort();

private:
    friend class Worker;
    enum class Phase : std::uint8_t { idle, head, body, running, writing, lingering, closed };
    enum class CutShort : std::uint8_t { no, to_rest, to_end };
    enum class Next : std::uint8_t { run, read, write, close };

    void go_on(Next next);
    Next answer_what_arrived();
    void drop(const char* reason) noexcept;
    Next advance();
    void wait_for_input();
    void read_input();
    void cut_short(CutShort why);
    void rest();
    void on_input(std::size_t bytes);
    bool make_room();
    bool is_to_be_spooled() const;
    bool spool();
    void resize_input(std::size_t capacity);
    bool send_continue();
    void answer(http::Request& request);
    http::Response call_handler(http::Request& request);
    void heed_proxy(http::RequestHead& head);
    void append_body(http::Response& response);
    void log_access(const http::Request& request, const http::Response& response, std::int64_t began_us,
                    std::uint64_t body_bytes);
    void refuse(int status, std::string_view text);
    MessageFrame frame() const;
    /// True when nothing is left to send.
    bool send_pending();
    bool send_file();
    void wait_to_send();
    void flush_later();
    void on_writable(bool is_worth_trying);

    // Writing from the fiber.
    class Stream;
    class Upgraded;
    enum class Ending : std::uint8_t { complete, cut_off };
    Ending run_on_stream(FunctionRef<void()> talk);
    std::uint64_t send_stream(const http::Response& response, const SentHead& head);
    bool accepts_trailers() const;
    bool has_asked_for(std::string_view protocol) const;
    void hand_over(const http::Response& response);
    void push_out();
    void watch_peer();
    void wake_writers() noexcept;
    void end_stream() noexcept;

    void begin_close();
    void linger();
    void close();
    void enter(Phase phase);
    void extend(std::size_t bytes, std::int64_t limit_us);

    Worker& worker_;
    Transport transport_;
    Connection* previous_ = nullptr;  // in the worker's list
    Connection* next_ = nullptr;
    Buffer in_;
    std::size_t begin_ = 0;  // of the present request
    std::size_t end_ = 0;    // of what was read
    RequestParser parser_;
    std::unique_ptr<SpooledBody> spool_;  // of the present request, when its body is large
    std::string out_;  // heads and short bodies
    std::size_t sent_ = 0;
    std::string long_body_;  // sent after out_ without a copy
    std::size_t long_body_sent_ = 0;
    Ref<http::FileBody> file_;  // sent after out_
    std::uint64_t file_sent_ = 0;
    std::vector<async::Waker> writers_;  // fibers that wait for room
    async::detail::InterruptScope* stream_scope_ = nullptr;  // of the function that writes a response
    std::int64_t deadline_us_ = 0;
    std::uint64_t answered_ = 0;
    std::size_t lingered_ = 0;
    std::int64_t linger_end_us_ = 0;
    Phase phase_ = Phase::idle;
    CutShort cut_short_ = CutShort::no;  // why the waiting for input was ended
    bool close_after_ = false;
    bool linger_ = false;
    bool used_page_ = false;  // the idle buffer was written to since it was last forgotten
    bool flushing_ = false;       // waits until it can send
    bool watching_ = false;       // waits for input, or the peer's end, while a stream runs
    bool endless_ = false;        // the stream ends when the server drains
    bool suspended_ = false;  // the present run of handlers has waited: nothing is gathered any more
    bool broken_ = false;     // the peer is gone: nothing can be sent
    bool continue_sent_ = false;
    bool draining_ = false;
    bool is_counted_ = false;  // by the worker's AddressLimiter
};

}  // namespace nuages::server::detail

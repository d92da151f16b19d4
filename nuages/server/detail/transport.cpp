#include <nuages/server/detail/transport.hpp>

#include <nuages/server/detail/proxy_header.hpp>

#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

namespace nuages::server::detail {

namespace {

constexpr std::size_t kFilePieceMax = 16 * 1024;  // read and handed to a layer at once
constexpr std::size_t kProxyPieceMax = 512;

}  // namespace

Transport::Transport(Poller& poller, Descriptor socket, const Endpoint& peer)
    : Pollable(poller), socket_(std::move(socket)), peer_(peer), local_(local_endpoint(socket_.get())) {
    if (!poller.watch(*this, socket_.get())) socket_ = Descriptor();
}

Transport::~Transport() = default;

void Transport::expect_proxy_header() { proxy_header_ = std::make_unique<std::string>(); }

void Transport::start_tls(std::unique_ptr<Layer> tls) {
    layer_ = std::move(tls);
    is_tls_ = true;
}

// ---- waiting

void Transport::settle_later() noexcept {
    if (poller()) poller()->settle_later(*this);
}

void Transport::async_read(char* data, std::size_t size, Waiter<std::size_t> handler) noexcept {
    read_data_ = data;
    read_size_ = size;
    reader_ = std::move(handler);
    if (may_read_ || layer_may_read_ || !is_open()) settle_later();
}

void Transport::async_wait_input(Waiter<> handler) noexcept {
    watcher_ = std::move(handler);
    if (may_read_ || !is_open()) settle_later();
}

void Transport::async_wait_write(Waiter<bool> handler) noexcept {
    writer_ = std::move(handler);
    writer_reads_ = layer_ && waits_for_layer_ && !layer_->wants_write();
    if (writer_reads_ && is_open()) {
        if (may_read_) settle_later();
    } else if (!is_open() || !poller() || !poller()->watch_output(*this, descriptor())) {
        cancel_waits();
    }
}

void Transport::cancel_waits() noexcept {
    is_cancelled_ = true;
    settle_later();
}

// All that is ready is taken out first: what is called may wait anew, close the connection, or end it.
void Transport::settle(std::uint32_t events) noexcept {
    constexpr std::uint32_t kEnds = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    if ((events & (EPOLLIN | kEnds)) != 0) may_read_ = true;
    if ((events & kEnds) != 0) has_ended_ = true;
    const bool takes_output = (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
    const bool all = std::exchange(is_cancelled_, false) || !is_open();
    Waiter<> watcher;
    Waiter<bool> writer;
    Waiter<std::size_t> reader;
    if (all || may_read_) watcher = std::move(watcher_);
    if (all || (writer_reads_ ? may_read_ : takes_output)) writer = std::move(writer_);
    ssize_t bytes = -1;
    if (reader_ && is_open() && (may_read_ || layer_may_read_ || (reader_writes_ && takes_output))) bytes = read_now();
    if (all || bytes >= 0) reader = std::move(reader_);
    if (watcher) watcher();
    if (reader) reader(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
    if (writer) writer(!all);
}

void Transport::abandon() noexcept {
    const Waiter<> watcher = std::move(watcher_);
    const Waiter<bool> writer = std::move(writer_);
    const Waiter<std::size_t> reader = std::move(reader_);
}

ssize_t Transport::read_now() noexcept {
    try {
        return try_to_read();
    } catch (const std::bad_alloc&) {
        return 0;
    }
}

ssize_t Transport::try_to_read() {
    reader_writes_ = false;
    for (;;) {
        ssize_t bytes = 0;
        if (proxy_header_) {
            bytes = read_proxy_header();
            if (bytes > 0) continue;
        } else if (layer_) {
            bytes = layer_->read(read_data_, read_size_);
            layer_may_read_ = bytes >= 0;
        } else {
            bytes = ::recv(descriptor(), read_data_, read_size_, MSG_DONTWAIT);
            // All was taken, unless the peer's end stands behind it.
            if (bytes > 0 && static_cast<std::size_t>(bytes) < read_size_) may_read_ = has_ended_;
        }
        if (bytes >= 0) return bytes;
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return 0;
        reader_writes_ = layer_ && !proxy_header_ && layer_->wants_write();
        if (!reader_writes_) may_read_ = false;
        if (reader_writes_ && !poller()->watch_output(*this, descriptor())) return 0;
        return -1;
    }
}

// ---- reading and writing

ssize_t Transport::read_proxy_header() {
    for (;;) {
        // Looked at first, so that what follows the header stays in the socket.
        char piece[kProxyPieceMax];
        const ssize_t seen = ::recv(descriptor(), piece, sizeof piece, MSG_PEEK | MSG_DONTWAIT);
        if (seen <= 0) return seen;
        std::string& bytes = *proxy_header_;
        const std::size_t before = bytes.size();
        bytes.append(piece, static_cast<std::size_t>(seen));
        ProxyHeader header;
        const ProxyState state = parse_proxy_header(bytes, header);
        if (state == ProxyState::bad) return 0;
        const std::size_t taken = state == ProxyState::complete ? header.size - before : static_cast<std::size_t>(seen);
        if (::recv(descriptor(), piece, taken, MSG_DONTWAIT) != static_cast<ssize_t>(taken)) return 0;
        if (state == ProxyState::need_more) continue;
        if (header.has_addresses) {
            peer_ = header.source;
            local_ = header.destination;
        }
        proxy_header_.reset();
        return 1;
    }
}

ssize_t Transport::write(iovec* parts, int count, bool more) {
    if (!layer_) {
        const int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0);
        if (count == 1) return ::send(descriptor(), parts[0].iov_base, parts[0].iov_len, flags);
        msghdr message{};
        message.msg_iov = parts;
        message.msg_iovlen = static_cast<std::size_t>(count);
        return ::sendmsg(descriptor(), &message, flags);
    }
    ssize_t written = 0;
    waits_for_layer_ = false;
    for (int i = 0; i < count; ++i) {
        std::size_t done = 0;
        while (done < parts[i].iov_len) {
            const ssize_t now = layer_->write(static_cast<const char*>(parts[i].iov_base) + done, parts[i].iov_len - done);
            if (now <= 0) {
                waits_for_layer_ = true;
                if (now < 0 && errno == EAGAIN && !layer_->wants_write()) may_read_ = false;  // it has read all there was
                return written > 0 ? written : -1;
            }
            done += static_cast<std::size_t>(now);
            written += now;
        }
    }
    return written;
}

ssize_t Transport::send_file(int file, off_t offset, std::size_t size) {
    if (!layer_) return ::sendfile(descriptor(), file, &offset, size);
    char piece[kFilePieceMax];
    const ssize_t read = ::pread(file, piece, std::min(size, sizeof piece), offset);
    if (read <= 0) return read;
    iovec part{piece, static_cast<std::size_t>(read)};
    return write(&part, 1, false);
}

bool Transport::has_input() noexcept {
    char byte;
    const ssize_t seen = ::recv(descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (seen < 0 && errno == EAGAIN) may_read_ = false;
    return seen > 0;
}

bool Transport::peer_gone() noexcept {
    if (layer_) return layer_->peer_gone();
    char byte;
    const ssize_t seen = ::recv(descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return seen == 0 || (seen < 0 && errno != EAGAIN && errno != EINTR);
}

void Transport::shutdown_send() noexcept {
    if (layer_) layer_->end();
    ::shutdown(descriptor(), SHUT_WR);
}

void Transport::shutdown() noexcept { ::shutdown(descriptor(), SHUT_RDWR); }

void Transport::close() noexcept {
    if (!is_open()) return;
    if (layer_) layer_->end();
    if (poller()) poller()->unwatch(*this);
    socket_ = Descriptor();
    if (reader_ || writer_ || watcher_) settle_later();
}

}  // namespace nuages::server::detail

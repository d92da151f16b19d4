#include <nuages/server/detail/transport.hpp>

#include <nuages/server/detail/proxy_header.hpp>

#include <boost/asio/post.hpp>

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace nuages::server::detail {

namespace {

using boost::system::error_code;

constexpr std::size_t kFilePieceMax = 16 * 1024;  // read and handed to a layer at once
constexpr std::size_t kProxyPieceMax = 512;

}  // namespace

Transport::Transport(boost::asio::io_context& io, Descriptor socket, const Endpoint& peer)
    : socket_(io.get_executor()), peer_(peer), local_(local_endpoint(socket.get())) {
    error_code error;
    socket_.assign(boost::asio::ip::tcp::v4(), socket.get(), error);
    if (error) return;
    socket.release();
    socket_.native_non_blocking(true, error);
    if (error) close();
}

Transport::~Transport() = default;

void Transport::expect_proxy_header() {
    proxy_header_ = std::make_unique<std::string>();
    is_layered_ = true;
}

void Transport::start_tls(std::unique_ptr<Layer> tls) {
    layer_ = std::move(tls);
    is_layered_ = is_tls_ = true;
}

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
        is_layered_ = layer_ != nullptr;
        return 1;
    }
}

void Transport::read_through(char* data, std::size_t size, Function<void(std::size_t)> handler) {
    ssize_t bytes = proxy_header_ ? read_proxy_header() : 1;
    if (bytes > 0 && !is_layered_) return async_read(data, size, std::move(handler));
    if (bytes > 0) bytes = layer_->read(data, size);
    if (bytes < 0 && errno == EAGAIN) {
        const bool waits_to_write = layer_ && !proxy_header_ && layer_->wants_write();
        socket_.async_wait(waits_to_write ? Socket::wait_write : Socket::wait_read,
                           [this, data, size, handler = std::move(handler)](const error_code& error) {
                               if (error || !is_open()) return handler(0);
                               read_through(data, size, handler);
                           });
        return;
    }
    boost::asio::post(socket_.get_executor(), [bytes, handler = std::move(handler)] {
        handler(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
    });
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

void Transport::cancel_waits() noexcept {
    error_code ignored;
    socket_.cancel(ignored);
}

bool Transport::has_input() const noexcept {
    char byte;
    return ::recv(descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

bool Transport::peer_gone() const noexcept {
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
    if (layer_) layer_->end();
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace nuages::server::detail

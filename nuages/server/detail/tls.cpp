#include <nuages/server/detail/tls.hpp>

#include <nuages/base/error.hpp>
#include <nuages/base/log.hpp>
#include <nuages/server/detail/ticket_keys.hpp>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace nuages::server::detail {

// One context for each certificate. Connections hold it, so that a reload does not take it from under them.
struct TlsContexts {
    TlsOptions options;
    std::string protocols;  // in the wire's form
    std::vector<SSL_CTX*> all;
    std::vector<timespec> changed;  // of each file

    TlsContexts() = default;
    TlsContexts(const TlsContexts&) = delete;
    TlsContexts& operator=(const TlsContexts&) = delete;
    ~TlsContexts() {
        for (SSL_CTX* context : all) SSL_CTX_free(context);
    }
};

namespace {

constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::size_t kSecretSize = 32;

[[noreturn]] void refuse(const std::string& what) {
    char reason[256] = "unknown";
    if (const unsigned long error = ERR_peek_last_error()) ERR_error_string_n(error, reason, sizeof reason);
    ERR_clear_error();
    throw Error("TLS: " + what + " (" + reason + ").");
}

// ---- callbacks of OpenSSL

const TlsContexts& contexts_of(void* argument) { return *static_cast<const TlsContexts*>(argument); }

int choose_certificate(SSL* ssl, int*, void* argument) {
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (!name) return SSL_TLSEXT_ERR_NOACK;
    for (SSL_CTX* context : contexts_of(argument).all) {
        if (X509_check_host(SSL_CTX_get0_certificate(context), name, std::strlen(name), 0, nullptr) != 1) continue;
        SSL_set_SSL_CTX(ssl, context);
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK;
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void* argument) {
    const std::string& ours = contexts_of(argument).protocols;
    unsigned char* chosen = nullptr;
    const int found = SSL_select_next_proto(&chosen, size, reinterpret_cast<const unsigned char*>(ours.data()),
                                            static_cast<unsigned>(ours.size()), offered, offered_size);
    if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

// 1: use these keys; 2: as well, and give the client a new ticket; 0: no such keys, a full handshake follows.
int set_ticket_keys(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                    int is_new) {
    const TlsContexts& contexts = contexts_of(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    const std::int64_t present = ::time(nullptr) / kTicketPeriodSeconds;
    TicketKeys keys = ticket_keys(contexts.options.ticket_secret, present);
    int outcome = 1;
    if (is_new) {
        if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
        std::copy(keys.name.begin(), keys.name.end(), name);
    } else if (!std::equal(keys.name.begin(), keys.name.end(), name)) {
        keys = ticket_keys(contexts.options.ticket_secret, present - 1);
        if (!std::equal(keys.name.begin(), keys.name.end(), name)) return 0;
        outcome = 2;
    }
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, keys.mac.data(), keys.mac.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    if (EVP_MAC_CTX_set_params(mac, parameters) != 1) return -1;
    const int ready = is_new ? EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, keys.cipher.data(), iv)
                             : EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, keys.cipher.data(), iv);
    return ready == 1 ? outcome : -1;
}

// ---- contexts

void set_clients(SSL_CTX* context, const TlsOptions& options) {
    using enum TlsOptions::ClientCertificates;
    if (options.client_certificates == none) return;
    if (SSL_CTX_load_verify_locations(context, options.ca_certs.c_str(), nullptr) != 1)
        refuse("cannot read the authorities in " + options.ca_certs);
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.ca_certs.c_str()));
    const int insist = options.client_certificates == required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | insist, nullptr);
}

SSL_CTX* make_context(const TlsCertificate& files, TlsContexts& contexts) {
    const TlsOptions& options = contexts.options;
    SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
    if (!context) refuse("no context");
    contexts.all.push_back(context);
    if (options.min_version != "1.2" && options.min_version != "1.3")
        throw Error("TLS: the lowest version is 1.2 or 1.3, not \"" + options.min_version + "\".");
    SSL_CTX_set_min_proto_version(context, options.min_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    const std::string ciphers = options.ciphers.empty() ? kCiphers : options.ciphers;
    if (SSL_CTX_set_cipher_list(context, ciphers.c_str()) != 1) refuse("no cipher in \"" + ciphers + "\"");
    const std::string& key = files.keyfile.empty() ? files.certfile : files.keyfile;
    if (SSL_CTX_use_certificate_chain_file(context, files.certfile.c_str()) != 1)
        refuse("cannot read the certificate " + files.certfile);
    if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) refuse("cannot use the key " + key + " for " + files.certfile);
    if (SSL_CTX_check_private_key(context) != 1) refuse("the key " + key + " does not belong to " + files.certfile);
    set_clients(context, options);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets only: they work in every process
    static constexpr unsigned char kSessions[] = "nuages";
    SSL_CTX_set_session_id_context(context, kSessions, sizeof kSessions - 1);
    SSL_CTX_set_app_data(context, &contexts);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, set_ticket_keys);
    SSL_CTX_set_tlsext_servername_callback(context, choose_certificate);
    SSL_CTX_set_tlsext_servername_arg(context, &contexts);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, &contexts);
    return context;
}

std::vector<timespec> times_of(const TlsOptions& options) {
    std::vector<timespec> times;
    for (const TlsCertificate& files : options.certificates) {
        for (const std::string& path : {files.certfile, files.keyfile}) {
            struct stat found {};
            if (!path.empty()) ::stat(path.c_str(), &found);
            times.push_back(found.st_mtim);
        }
    }
    return times;
}

std::shared_ptr<const TlsContexts> make_contexts(const TlsOptions& options) {
    auto contexts = std::make_shared<TlsContexts>();
    contexts->options = options;
    contexts->changed = times_of(options);
    for (const std::string& protocol : options.protocols) {
        contexts->protocols += static_cast<char>(protocol.size());
        contexts->protocols += protocol;
    }
    for (const TlsCertificate& files : options.certificates) make_context(files, *contexts);
    return contexts;
}

// ---- a connection

class TlsLayer final : public Layer {
public:
    TlsLayer(std::shared_ptr<const TlsContexts> contexts, int socket)
        : contexts_(std::move(contexts)), ssl_(SSL_new(contexts_->all.front())), socket_(socket) {
        if (!ssl_ || SSL_set_fd(ssl_, socket) != 1) {
            SSL_free(ssl_);
            throw std::bad_alloc();
        }
        SSL_set_accept_state(ssl_);
    }
    ~TlsLayer() override { SSL_free(ssl_); }

    ssize_t read(char* data, std::size_t size) override {
        if (failed_) return fail(ECONNRESET);
        ERR_clear_error();
        std::size_t bytes = 0;
        const int done = SSL_read_ex(ssl_, data, size, &bytes);
        return done == 1 ? static_cast<ssize_t>(bytes) : outcome(done);
    }
    ssize_t write(const char* data, std::size_t size) override {
        if (failed_) return fail(EPIPE);
        ERR_clear_error();
        std::size_t bytes = 0;
        const int done = SSL_write_ex(ssl_, data, size, &bytes);
        return done == 1 ? static_cast<ssize_t>(bytes) : outcome(done);
    }
    bool wants_write() const noexcept override { return wants_write_; }
    bool peer_gone() noexcept override {
        char byte;
        std::size_t bytes = 0;
        ERR_clear_error();
        return failed_ || (SSL_peek_ex(ssl_, &byte, 1, &bytes) != 1 && !SSL_want_read(ssl_) && !SSL_want_write(ssl_));
    }
    void end() noexcept override {
        if (failed_ || ended_ || !SSL_is_init_finished(ssl_)) return;
        ended_ = true;
        ERR_clear_error();
        SSL_shutdown(ssl_);
        ERR_clear_error();
    }

private:
    static ssize_t fail(int error) {
        errno = error;
        return -1;
    }
    ssize_t outcome(int done) {
        switch (SSL_get_error(ssl_, done)) {
            case SSL_ERROR_WANT_READ: wants_write_ = false; return fail(EAGAIN);
            case SSL_ERROR_WANT_WRITE: wants_write_ = true; return fail(EAGAIN);
            case SSL_ERROR_ZERO_RETURN: return 0;
            default: break;
        }
        failed_ = true;
        if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST) answer_plain();
        ERR_clear_error();
        return fail(ECONNRESET);
    }
    // Somebody typed http:// for https://.
    void answer_plain() const noexcept {
        static constexpr std::string_view kText =
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 44\r\n"
            "Connection: close\r\n\r\nThis port speaks HTTPS: ask with https://.\r\n";
        [[maybe_unused]] const ssize_t sent = ::send(socket_, kText.data(), kText.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }

    std::shared_ptr<const TlsContexts> contexts_;
    SSL* ssl_;
    int socket_;
    bool wants_write_ = false;
    bool failed_ = false;
    bool ended_ = false;
};

bool same_times(const std::vector<timespec>& a, const std::vector<timespec>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const timespec& x, const timespec& y) {
        return x.tv_sec == y.tv_sec && x.tv_nsec == y.tv_nsec;
    });
}

}  // namespace

TlsStore::TlsStore(TlsOptions options) : options_(std::move(options)) {
    if (options_.ticket_secret.empty()) {
        options_.ticket_secret.resize(kSecretSize);
        if (RAND_bytes(reinterpret_cast<unsigned char*>(options_.ticket_secret.data()), kSecretSize) != 1)
            refuse("no random numbers");
    }
    contexts_ = make_contexts(options_);
}

TlsStore::~TlsStore() = default;

std::shared_ptr<const TlsContexts> TlsStore::current(std::int64_t now_us) {
    const std::lock_guard lock(mutex_);
    const std::int64_t interval_us = options_.reload_interval.microseconds;
    if (looked_us_ == 0) looked_us_ = now_us;
    if (interval_us <= 0 || now_us - looked_us_ < interval_us) return contexts_;
    looked_us_ = now_us;
    if (same_times(times_of(options_), contexts_->changed)) return contexts_;
    try {
        contexts_ = make_contexts(options_);
        log::info("nuages.server", "The certificates have changed; new connections use the new ones.");
    } catch (const Error& error) {
        log::error("nuages.server", "The certificates have changed, but the former ones stay: " + error.message());
    }
    return contexts_;
}

std::unique_ptr<Layer> TlsStore::accept(int socket, std::int64_t now_us) {
    return std::make_unique<TlsLayer>(current(now_us), socket);
}

}  // namespace nuages::server::detail

namespace nuages::server {

void check_tls(const TlsOptions& options) {
    if (!options.certificates.empty()) detail::TlsStore{options};
}

}  // namespace nuages::server

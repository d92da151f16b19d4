// TLS over real sockets, with OpenSSL's client on the other side.
#include <nuages/server/detail/ticket_keys.hpp>
#include <nuages/server/detail/test_server.hpp>

#include <nuages/base/error.hpp>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <sys/stat.h>

namespace nuages::server {
namespace {

// A certificate for NAME, signed by itself, with its key in the same file.
std::string make_certificate(const std::string& path, const std::string& name) {
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_EXTENSION* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
    X509_add_ext(certificate, names, -1);
    X509_sign(certificate, key, EVP_sha256());
    std::FILE* const file = std::fopen((path + ".new").c_str(), "w");
    PEM_write_X509(file, certificate);
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    std::rename((path + ".new").c_str(), path.c_str());
    X509_EXTENSION_free(names);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return path;
}

struct ClientOptions {
    const char* server_name = "one.example";
    int version = TLS1_3_VERSION;
    std::string protocols;  // in the wire's form
    SSL_SESSION* session = nullptr;
    std::string certificate;
};

class TlsClient {
public:
    explicit TlsClient(std::uint16_t port, const ClientOptions& options = {}) : context_(SSL_CTX_new(TLS_client_method())) {
        SSL_CTX_set_max_proto_version(context_, options.version);
        SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT);
        if (!options.certificate.empty()) {
            SSL_CTX_use_certificate_chain_file(context_, options.certificate.c_str());
            SSL_CTX_use_PrivateKey_file(context_, options.certificate.c_str(), SSL_FILETYPE_PEM);
        }
        ssl_ = SSL_new(context_);
        SSL_set_tlsext_host_name(ssl_, options.server_name);
        if (!options.protocols.empty())
            SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(options.protocols.data()),
                                static_cast<unsigned>(options.protocols.size()));
        if (options.session) SSL_set_session(ssl_, options.session);
        socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(port);
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
        timeval patience{20, 0};
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        SSL_set_fd(ssl_, socket_);
        connected_ = SSL_connect(ssl_) == 1;
    }
    ~TlsClient() {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
        ::close(socket_);
    }
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    bool connected() const { return connected_; }
    TlsClient& send(std::string_view bytes) {
        SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
        return *this;
    }
    std::string read_all() {
        std::string all;
        char block[16384];
        for (int size; (size = SSL_read(ssl_, block, sizeof block)) > 0;) all.append(block, static_cast<std::size_t>(size));
        ended_well_ = SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN;
        return all;
    }
    bool ended_well() const { return ended_well_; }
    std::string certificate_name() const {
        char name[256] = "";
        X509* const certificate = SSL_get1_peer_certificate(ssl_);
        if (certificate) X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
        X509_free(certificate);
        return name;
    }
    std::string protocol() const {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl_, &name, &size);
        return {reinterpret_cast<const char*>(name), size};
    }
    const char* version() const { return SSL_get_version(ssl_); }
    bool resumed() const { return SSL_session_reused(ssl_) == 1; }
    SSL_SESSION* session() const { return SSL_get1_session(ssl_); }

private:
    SSL_CTX* context_;
    SSL* ssl_;
    int socket_;
    bool connected_ = false;
    bool ended_well_ = false;
};

class TlsTest : public ServerTest {
protected:
    TlsTest() : folder_(testing::TempDir() + "tls_test." + std::to_string(::getpid())) { ::mkdir(folder_.c_str(), 0700); }
    ~TlsTest() override {
        stop();
        for (const char* name : {"one", "two", "client"}) ::unlink(path(name).c_str());
        ::rmdir(folder_.c_str());
    }
    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    ServerOptions options() {
        ServerOptions options;
        options.tls.certificates = {{make_certificate(path("one"), "one.example"), ""},
                                    {make_certificate(path("two"), "two.example"), ""}};
        return options;
    }
    std::string folder_;
};

Response scheme(Request& request) { return Response(std::string(request.scheme()), "text/plain"); }

TEST_F(TlsTest, ServesBothVersionsAndSaysGoodbye) {
    start(scheme, options());
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsClient client(port_, {.version = version});
        ASSERT_TRUE(client.connected());
        EXPECT_STREQ(client.version(), version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2");
        EXPECT_EQ(body_of(client.send(kGetClose).read_all()), "https");
        EXPECT_TRUE(client.ended_well());
    }
    EXPECT_FALSE(TlsClient(port_, {.version = TLS1_1_VERSION}).connected());
}

TEST_F(TlsTest, TheLowestVersionCanBeRaised) {
    ServerOptions only_13 = options();
    only_13.tls.min_version = "1.3";
    start(scheme, std::move(only_13));
    EXPECT_FALSE(TlsClient(port_, {.version = TLS1_2_VERSION}).connected());
    EXPECT_TRUE(TlsClient(port_).connected());
}

TEST_F(TlsTest, TheServerNameChoosesTheCertificate) {
    start(scheme, options());
    EXPECT_EQ(TlsClient(port_, {.server_name = "one.example"}).certificate_name(), "one.example");
    EXPECT_EQ(TlsClient(port_, {.server_name = "two.example"}).certificate_name(), "two.example");
    EXPECT_EQ(TlsClient(port_, {.server_name = "three.example"}).certificate_name(), "one.example");
}

TEST_F(TlsTest, AlpnTakesWhatBothSpeak) {
    start(scheme, options());
    EXPECT_EQ(TlsClient(port_, {.protocols = "\x02h2\x08http/1.1"}).protocol(), "http/1.1");
    EXPECT_EQ(TlsClient(port_).protocol(), "");
    EXPECT_FALSE(TlsClient(port_, {.protocols = "\x02h2"}).connected());
}

TEST_F(TlsTest, LongBodiesArriveWhole) {
    std::string long_text(5'000'000, 'x');
    for (std::size_t i = 0; i < long_text.size(); i += 997) long_text[i] = static_cast<char>('a' + i % 26);
    start([&](Request&) { return Response(long_text, "text/plain"); }, options());
    TlsClient client(port_);
    EXPECT_EQ(body_of(client.send(kGetClose).read_all()), long_text);
}

TEST_F(TlsTest, PipelinedRequestsInOneRecordAreAllAnswered) {
    start(hello, options());
    TlsClient client(port_);
    std::string requests;
    for (int i = 0; i < 50; ++i) requests += kGet;
    const std::string all = client.send(requests + std::string(kGetClose)).read_all();
    std::size_t count = 0;
    for (std::size_t at = 0; (at = all.find("HTTP/1.1 200", at)) != std::string::npos; ++at) ++count;
    EXPECT_EQ(count, 51u);
}

TEST_F(TlsTest, ABodyLargerThanARecordIsRead) {
    start([](Request& request) { return Response(std::to_string(request.body().size()), "text/plain"); }, options());
    TlsClient client(port_);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n");
    EXPECT_EQ(body_of(client.send(std::string(1'000'000, 'b')).read_all()), "1000000");
}

TEST_F(TlsTest, PlainHttpOnATlsPortIsToldSo) {
    start(scheme, options());
    const std::string answer = exchange(kGetClose);
    EXPECT_EQ(status_in(answer), 400);
    EXPECT_EQ(body_of(answer), "This port speaks HTTPS: ask with https://.\r\n");
    EXPECT_TRUE(contains(answer, "Content-Length: " + std::to_string(body_of(answer).size()) + "\r\n"));
}

TEST_F(TlsTest, SessionsAreResumedInEveryProcessThatKnowsTheSecret) {
    ServerOptions first = options();
    first.tls.ticket_secret = std::string(32, 's');
    ServerOptions second = first, stranger = first;
    start(hello, std::move(first));
    TlsClient client(port_);
    client.send(kGetClose).read_all();  // the ticket comes with it
    SSL_SESSION* const session = client.session();
    stop();
    start(hello, std::move(second));
    EXPECT_TRUE(TlsClient(port_, {.session = session}).resumed());
    stop();
    stranger.tls.ticket_secret = std::string(32, 't');
    start(hello, std::move(stranger));
    EXPECT_FALSE(TlsClient(port_, {.session = session}).resumed());
    SSL_SESSION_free(session);
}

TEST(TicketKeys, FollowFromTheSecretAndTheTime) {
    EXPECT_EQ(detail::ticket_keys("a", 1).cipher, detail::ticket_keys("a", 1).cipher);
    EXPECT_NE(detail::ticket_keys("a", 1).cipher, detail::ticket_keys("a", 2).cipher);
    EXPECT_NE(detail::ticket_keys("a", 1).cipher, detail::ticket_keys("b", 1).cipher);
    EXPECT_NE(detail::ticket_keys("a", 1).cipher, detail::ticket_keys("a", 1).mac);
}

TEST_F(TlsTest, AChangedCertificateServesNewConnections) {
    ServerOptions changing = options();
    changing.tls.reload_interval = milliseconds(1);
    start(hello, std::move(changing));
    TlsClient before(port_);
    EXPECT_EQ(before.certificate_name(), "one.example");
    make_certificate(path("one"), "new.example");
    ::usleep(5000);
    TlsClient after(port_);
    EXPECT_EQ(after.certificate_name(), "new.example");
    EXPECT_EQ(body_of(before.send(kGetClose).read_all()), "Hello");
    // A file that is half written changes nothing.
    std::fclose(std::fopen(path("one").c_str(), "w"));
    ::usleep(5000);
    EXPECT_EQ(TlsClient(port_).certificate_name(), "new.example");
}

TEST_F(TlsTest, ClientsCertificatesCanBeAskedFor) {
    ServerOptions strict = options();
    strict.tls.ca_certs = make_certificate(path("client"), "client.example");
    strict.tls.client_certificates = TlsOptions::ClientCertificates::required;
    start(hello, std::move(strict));
    TlsClient without(port_);
    EXPECT_EQ(without.send(kGetClose).read_all(), "");
    TlsClient with(port_, {.certificate = path("client")});
    EXPECT_EQ(body_of(with.send(kGetClose).read_all()), "Hello");
}

TEST_F(TlsTest, AHandshakeThatDoesNotEndIsCutOff) {
    ServerOptions hasty = options();
    hasty.header_timeout = milliseconds(50);
    start(hello, std::move(hasty));
    Client client(port_);
    client.send("\x16\x03\x01");
    EXPECT_EQ(client.read_all(), "");
    Client garbage(port_);
    EXPECT_FALSE(contains(garbage.send(std::string(500, '\xff')).read_all(), "HTTP"));
}

TEST_F(TlsTest, WhatCannotBeUsedIsNamed) {
    const auto message = [](const TlsOptions& tls) -> std::string {
        try {
            check_tls(tls);
            return "";
        } catch (const Error& error) {
            return error.message();
        }
    };
    TlsOptions tls = options().tls;
    EXPECT_EQ(message(tls), "");
    tls.certificates[0].certfile = path("absent");
    EXPECT_TRUE(message(tls).starts_with("TLS: cannot read the certificate " + path("absent")));
    tls = options().tls;
    tls.certificates[0].keyfile = path("two");
    EXPECT_TRUE(contains(message(tls), path("two")));
    tls = options().tls;
    tls.ciphers = "NO-SUCH-CIPHER";
    EXPECT_TRUE(message(tls).starts_with("TLS: no cipher in \"NO-SUCH-CIPHER\""));
    tls = options().tls;
    tls.min_version = "1.1";
    EXPECT_EQ(message(tls), "TLS: the lowest version is 1.2 or 1.3, not \"1.1\".");
}

TEST_F(TlsTest, TheProxyHeaderComesBeforeTheHandshake) {
    ServerOptions proxied = options();
    proxied.proxy_protocol = true;
    proxied.header_timeout = milliseconds(200);
    start(scheme, std::move(proxied));
    EXPECT_FALSE(TlsClient(port_).connected());
}

}  // namespace
}  // namespace nuages::server

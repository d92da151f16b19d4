// Encrypted connections and several hosts: the parts of a URL that decide whom we talk to.
#include <nuages/async/gather.hpp>
#include <nuages/db/backends/postgresql/testing.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/transaction.hpp>

#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <sys/stat.h>
#include <unistd.h>

namespace nuages::db::postgresql {
namespace {

using Options = std::vector<std::pair<std::string, std::string>>;

/// An authority of our own, and what it signs.
class Authority {
public:
    explicit Authority(const std::string& name) : key_(EVP_EC_gen("P-256")), certificate_(make(name, key_, nullptr, "", key_)) {}
    ~Authority() {
        X509_free(certificate_);
        EVP_PKEY_free(key_);
    }
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    std::string certificate() const { return text_of(certificate_); }
    /// A server's certificate and its key, for "DNS:..." and "IP:..." names.
    std::pair<std::string, std::string> issue(const std::string& names) const {
        EVP_PKEY* const key = EVP_EC_gen("P-256");
        X509* const made = make("server", key, certificate_, names, key_);
        std::pair<std::string, std::string> out{text_of(made), text_of(key)};
        X509_free(made);
        EVP_PKEY_free(key);
        return out;
    }

private:
    static X509* make(const std::string& name, EVP_PKEY* key, X509* issuer, const std::string& names, EVP_PKEY* signer) {
        X509* const made = X509_new();
        X509_set_version(made, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made), issuer ? 2 : 1);
        X509_gmtime_adj(X509_getm_notBefore(made), -3600);
        X509_gmtime_adj(X509_getm_notAfter(made), 86400);
        X509_set_pubkey(made, key);
        X509_NAME* const subject = X509_get_subject_name(made);
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
        X509_set_issuer_name(made, issuer ? X509_get_subject_name(issuer) : subject);
        X509_EXTENSION* const extension = issuer ? X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str())
                                                 : X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
        X509_add_ext(made, extension, -1);
        X509_EXTENSION_free(extension);
        X509_sign(made, signer, EVP_sha256());
        return made;
    }
    template <class Write> static std::string written(Write write) {
        BIO* const memory = BIO_new(BIO_s_mem());
        write(memory);
        char* at = nullptr;
        const long size = BIO_get_mem_data(memory, &at);
        std::string out(at, static_cast<std::size_t>(size));
        BIO_free(memory);
        return out;
    }
    static std::string text_of(X509* certificate) {
        return written([&](BIO* to) { PEM_write_bio_X509(to, certificate); });
    }
    static std::string text_of(EVP_PKEY* key) {
        return written([&](BIO* to) { PEM_write_bio_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr); });
    }

    EVP_PKEY* key_;
    X509* certificate_;
};

/// A server on a loopback address that nobody else has, with TLS.
class TlsServer {
public:
    TlsServer() : authority_("an authority"), other_("another authority") {
        const int id = ::getpid();
        address = "127." + std::to_string(64 + (id >> 16) % 64) + "." + std::to_string(id >> 8 & 255) + "." + std::to_string(id & 255);
        cluster.start("listen_addresses=" + address);
        const auto [certificate, key] = authority_.issue("IP:" + address + ",DNS:db.example");
        ca = cluster.write_file("ca.pem", authority_.certificate());
        other_ca = cluster.write_file("other.pem", other_.certificate());
        cluster.write_file("data/server.crt", certificate);
        const std::string key_file = cluster.write_file("data/server.key", key);
        struct stat owner{};
        ::stat((cluster.socket_folder() + "/data").c_str(), &owner);
        if (::chown(key_file.c_str(), owner.st_uid, owner.st_gid) != 0) throw Error("cannot give away the key");
        ::chmod(key_file.c_str(), 0600);
        cluster.command("ALTER SYSTEM SET ssl = on");
        cluster.restart();
    }
    conf::DatabaseUrl url(const std::string& host, Options options) const {
        conf::DatabaseUrl url = cluster.url();
        url.host = host;
        url.options = std::move(options);
        return url;
    }

    TestCluster cluster;
    std::string address, ca, other_ca;

private:
    Authority authority_, other_;
};

class PostgresqlTls : public testing::Test {
protected:
    static TlsServer* server;
    static void SetUpTestSuite() {
        std::string reason;
        if (TestCluster::shared(&reason) && !TestCluster::shared()->socket_folder().empty()) server = new TlsServer;
    }
    static void TearDownTestSuite() { delete std::exchange(server, nullptr); }
    void SetUp() override {
        if (!server) GTEST_SKIP() << "there is no server of our own";
    }
    template <class F> static void with(const conf::DatabaseUrl& url, F&& f) {
        register_backend(backend);
        const Databases former = set_databases(make_databases({{"default", url}}));
        async::run([&] { f(); });
        set_databases(former);
    }
    static std::string message_of(const conf::DatabaseUrl& url) {
        std::string message;
        with(url, [&] {
            try {
                connection().execute("SELECT 1");
            } catch (const OperationalError& error) {
                message = error.what();
            }
        });
        return message;
    }
};
TlsServer* PostgresqlTls::server = nullptr;

TEST_F(PostgresqlTls, AVerifiedConnectionIsEncryptedAndCarriesEverything) {
    with(server->url(server->address, {{"sslmode", "verify-full"}, {"sslrootcert", server->ca}}), [] {
        const auto [encrypted, version] =
            connection().query<bool, std::string>("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()").at(0);
        EXPECT_TRUE(encrypted);
        EXPECT_TRUE(version.starts_with("TLSv1.")) << version;
        // More than a record of TLS, both ways, and several statements at once.
        const std::string large(300'000, 'x');
        EXPECT_EQ(std::get<0>(connection().query<std::string>("SELECT %s || 'y'", large).at(0)), large + "y");
        const auto ask = [](int n) { return [n] { return std::get<0>(connection().query<int>("SELECT %s + 1", n).at(0)); }; };
        for (int i = 0; i < 20; ++i) {
            const auto [a, b, c] = async::gather(ask(i), ask(i + 1), ask(i + 2));
            EXPECT_EQ(a + b + c, 3 * i + 6);
        }
        atomic([] { connection().execute("SELECT 1"); });
    });
}

TEST_F(PostgresqlTls, AnotherAuthorityIsRefused) {
    const std::string message = message_of(server->url(server->address, {{"sslmode", "verify-full"}, {"sslrootcert", server->other_ca}}));
    EXPECT_NE(message.find("certificate verify failed"), std::string::npos) << message;
}

TEST_F(PostgresqlTls, ACertificateForAnotherNameIsRefused) {
    const Options options{{"sslmode", "verify-full"}, {"sslrootcert", server->ca}, {"hostaddr", server->address}};
    EXPECT_EQ(message_of(server->url("db.example", options)), "");
    const std::string message = message_of(server->url("elsewhere.example", options));
    EXPECT_NE(message.find("does not match host name \"elsewhere.example\""), std::string::npos) << message;
    EXPECT_EQ(message_of(server->url("elsewhere.example", {{"sslmode", "verify-ca"}, {"sslrootcert", server->ca}, {"hostaddr", server->address}})), "")
        << "verify-ca does not look at the name";
}

TEST_F(PostgresqlTls, TheNextHostIsTriedWhenOneDoesNotAnswer) {
    // Nobody listens on the first: the address after the server's own.
    const std::string dead = "127.63.255.254";
    with(server->url(dead + "," + server->address, {{"target_session_attrs", "read-write"}}), [] {
        EXPECT_EQ(std::get<0>(connection().query<int>("SELECT 1").at(0)), 1);
    });
    const std::string message = message_of(server->url(dead + "," + dead, {}));
    EXPECT_NE(message.find("Connection refused"), std::string::npos) << message;
    const std::string standby = message_of(server->url(server->address, {{"target_session_attrs", "standby"}}));
    EXPECT_NE(standby.find("server is not in hot standby mode"), std::string::npos) << standby;
}

}  // namespace
}  // namespace nuages::db::postgresql

// TLS of a server: certificates, versions, protocols above it.
#pragma once

#include <nuages/base/duration.hpp>

#include <string>
#include <vector>

namespace nuages::server {

/// PEM files: the certificate with its chain, and its key.
struct TlsCertificate {
    std::string certfile;
    std::string keyfile;  ///< empty: in the certificate's file
};

struct TlsOptions {
    /// None: the server speaks plain HTTP. With several the client's server name (SNI) chooses by the names in the
    /// certificates; the first serves those that fit none.
    std::vector<TlsCertificate> certificates;
    std::string min_version = "1.2";  ///< or "1.3"
    std::string ciphers;              ///< of TLS 1.2, in OpenSSL's words; empty: AEAD with forward secrecy
    /// Protocols offered by ALPN, the most wanted first. A client that offers only others is refused (RFC 7301).
    std::vector<std::string> protocols = {"http/1.1"};
    std::string ca_certs;  ///< PEM file of authorities for clients' certificates
    enum class ClientCertificates { none, optional, required } client_certificates = ClientCertificates::none;
    /// Processes with the same secret resume each other's sessions; empty: a random one. Keys follow from it and change
    /// every twelve hours.
    std::string ticket_secret;
    /// How often a changed certificate file is looked for; the new one serves new connections. 0: never.
    Duration reload_interval = minutes(1);
};

/// Throws Error naming what can't be used: a file, a key that is another certificate's, a list of ciphers.
void check_tls(const TlsOptions& options);

}  // namespace nuages::server

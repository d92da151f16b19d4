#include <nuages/conf/database_url.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace nuages::conf {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Percent-decodes TEXT; nothing when an escape is broken.
std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

std::string encoded(std::string_view text) {
    static const char hex[] = "0123456789ABCDEF";
    std::string out;
    for (char c : text) {
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                     c == '_' || c == '.' || c == '~';
        if (plain) {
            out += c;
        } else {
            auto byte = static_cast<unsigned char>(c);
            out += {'%', hex[byte >> 4], hex[byte & 15]};
        }
    }
    return out;
}

std::string engine_of(std::string_view scheme) {
    for (auto name : {"postgres", "postgresql", "psql", "pgsql"})
        if (scheme == name) return "postgresql";
    for (auto name : {"mysql", "mysql2", "mariadb"})
        if (scheme == name) return "mysql";
    for (auto name : {"sqlite", "sqlite3"})
        if (scheme == name) return "sqlite";
    return {};
}

Failure bad(std::string message) { return Failure{std::move(message)}; }
std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

/// The query of a URL into OPTIONS; returns what is wrong, or an empty text.
std::string parse_options(std::string_view query, std::vector<std::pair<std::string, std::string>>& options) {
    while (!query.empty()) {
        std::string_view item = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), item.size() + 1));
        if (item.empty()) continue;
        std::size_t equals = item.find('=');
        auto key = decoded(item.substr(0, equals));
        auto value = decoded(equals == item.npos ? std::string_view() : item.substr(equals + 1));
        if (!key || !value) return "option " + quoted(item) + " has a broken %-escape";
        if (key->empty()) return "option " + quoted(item) + " has no name";
        options.emplace_back(std::move(*key), std::move(*value));
    }
    return {};
}

/// "user:password" into URL; returns what is wrong, or an empty text.
std::string parse_user(std::string_view text, DatabaseUrl& url) {
    std::size_t colon = text.find(':');
    auto user = decoded(text.substr(0, colon));
    if (!user) return "user has a broken %-escape";
    url.user = std::move(*user);
    if (colon == text.npos) return {};
    auto password = decoded(text.substr(colon + 1));
    if (!password) return "password has a broken %-escape (write % as %25)";
    url.password = std::move(*password);
    return {};
}

/// "host:port", "[v6]:port" or "%2Fsocket%2Ffolder" into URL; returns what is wrong, or an empty text.
std::string parse_host(std::string_view text, DatabaseUrl& url) {
    std::string_view host = text, port;
    if (text.starts_with('[')) {
        std::size_t end = text.find(']');
        if (end == text.npos) return "host has no closing ]";
        host = text.substr(1, end - 1);
        std::string_view rest = text.substr(end + 1);
        if (!rest.empty() && !rest.starts_with(':')) return "host has text after ]";
        if (!rest.empty()) port = rest.substr(1);
        if (!rest.empty() && port.empty()) return "port is empty";
    } else if (std::size_t colon = text.rfind(':'); colon != text.npos) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        if (port.empty()) return "port is empty";
        if (host.find(':') != host.npos) return "host has a ':' (an IPv6 address stands in [ ])";
    }
    auto name = decoded(host);
    if (!name) return "host has a broken %-escape";
    url.host = std::move(*name);
    if (port.empty()) return {};
    auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (error != std::errc() || end != port.data() + port.size() || url.port < 1 || url.port > 65535)
        return "port is not a number from 1 to 65535";  // unquoted: it may be a password that lost its host
    return {};
}

Result<DatabaseUrl> parse_sqlite(std::string_view rest, DatabaseUrl url) {
    if (rest.empty() || rest == "/" || rest == ":memory:" || rest == "/:memory:") {
        url.name = ":memory:";
        return url;
    }
    if (!rest.starts_with('/'))
        return bad("path " + quoted(rest) + " needs a third slash: sqlite:///" + std::string(rest) +
                   " (a fourth one makes it absolute)");
    auto path = decoded(rest.substr(1));
    if (!path) return bad("path has a broken %-escape");
    url.name = std::move(*path);
    return url;
}

}  // namespace

Result<DatabaseUrl> DatabaseUrl::parse(std::string_view text) {
    if (text.empty()) return bad("the URL is empty");
    std::size_t scheme_end = text.find("://");
    if (scheme_end == text.npos)
        return bad("the scheme is missing: write sqlite:///db.sqlite3 or postgres://user:password@host/name");
    DatabaseUrl url;
    url.engine = engine_of(text.substr(0, scheme_end));
    if (url.engine.empty())
        return bad("scheme " + quoted(text.substr(0, scheme_end)) + " is unknown: choose sqlite, postgres or mysql");

    std::string_view rest = text.substr(scheme_end + 3);
    if (std::size_t query = rest.find('?'); query != rest.npos) {
        if (rest.find('@', query) != rest.npos) return bad("the user or password has a '?': write it as %3F");
        if (auto problem = parse_options(rest.substr(query + 1), url.options); !problem.empty()) return bad(problem);
        rest = rest.substr(0, query);
    }
    if (url.engine == "sqlite") return parse_sqlite(rest, std::move(url));

    std::string_view authority = rest.substr(0, rest.find('/'));
    std::string_view path = rest.substr(authority.size());
    if (path.find('@') != path.npos) return bad("the user or password has a '/': write it as %2F");
    if (std::size_t at = authority.rfind('@'); at != authority.npos) {
        if (auto problem = parse_user(authority.substr(0, at), url); !problem.empty()) return bad(problem);
        authority = authority.substr(at + 1);
    }
    if (auto problem = parse_host(authority, url); !problem.empty()) return bad(problem);
    auto name = decoded(path.empty() ? path : path.substr(1));
    if (!name) return bad("database name has a broken %-escape");
    url.name = std::move(*name);
    if (url.name.empty() && url.option("service").empty())
        return bad("the database name is missing after the host: " + std::string(text.substr(0, scheme_end)) +
                   "://.../NAME");
    return url;
}

std::string_view DatabaseUrl::option(std::string_view key, std::string_view fallback) const {
    for (const auto& [name, value] : options)
        if (name == key) return value;
    return fallback;
}

std::string DatabaseUrl::masked() const {
    if (engine == "sqlite") return in_memory() ? "sqlite://:memory:" : "sqlite:///" + name;
    std::string out = engine + "://" + encoded(user);
    if (!password.empty()) out += ":********";
    if (!user.empty() || !password.empty()) out += '@';
    out += host.find(':') != host.npos ? "[" + host + "]" : encoded(host);
    if (port != 0) out += ":" + std::to_string(port);
    return out + "/" + encoded(name);
}

}  // namespace nuages::conf

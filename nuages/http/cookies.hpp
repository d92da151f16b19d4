// Cookies: reading the Cookie header, and writing Set-Cookie as Python's SimpleCookie does, so that a Django site and a
// Nuages one read each other's cookies.
#pragma once

#include <nuages/http/headers.hpp>
#include <nuages/utils/datetime.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::http {

/// The cookies of a request; a later one of the same name wins.
class Cookies {
public:
    struct Item {
        std::string name;
        std::string value;
    };

    Cookies() = default;
    /// A copy has read the header: it does not need the request any more.
    Cookies(const Cookies& other);
    Cookies(Cookies&& other);
    Cookies& operator=(Cookies other);
    /// Parses a Cookie header (django.http.parse_cookie): "a=1; b=\"x\\054y\"".
    explicit Cookies(std::string_view header) { parse(header); }

    /// The value; empty when there is none.
    std::string_view operator[](std::string_view name) const { return find(name).value_or(std::string_view{}); }
    std::string_view get(std::string_view name, std::string_view otherwise = {}) const {
        return find(name).value_or(otherwise);
    }
    std::optional<std::string_view> find(std::string_view name) const;
    bool contains(std::string_view name) const { return find(name).has_value(); }

    std::vector<Item>::const_iterator begin() const { return load(), items_.begin(); }
    std::vector<Item>::const_iterator end() const { return load(), items_.end(); }
    std::size_t size() const { return load(), items_.size(); }

    /// Adds the header's cookies to those that are there.
    void parse(std::string_view header);
    void set(std::string_view name, std::string_view value);
    void clear();
    /// Parses the Cookie fields of `headers` at the first use; `headers` must outlive this object.
    void parse_later(const Headers& headers);

private:
    void load() const {
        if (pending_) const_cast<Cookies*>(this)->load_pending();
    }
    void load_pending();
    void append(std::string_view header);
    void drop_duplicates();

    std::vector<Item> items_;
    const Headers* pending_ = nullptr;
};

/// The attributes of set_cookie().
struct CookieOptions {
    std::optional<std::int64_t> max_age = std::nullopt;  // seconds; sets expires as well
    std::optional<DateTime> expires = std::nullopt;
    std::string path = "/";
    std::string domain = {};
    bool secure = false;
    bool httponly = false;
    std::string samesite = {};  // "lax", "strict", "none", or empty for no attribute
};

/// One Set-Cookie line.
struct Cookie {
    std::string name;
    std::string value;
    std::string expires;  // text of the attribute; empty for none
    std::optional<std::int64_t> max_age;
    std::string path;
    std::string domain;
    bool secure = false;
    bool httponly = false;
    std::string samesite;

    /// Appends "name=value; expires=...; Path=/", without "Set-Cookie: ".
    void append_to(std::string& out) const;
};

/// The value as it stands in a cookie: quoted with octal escapes where it needs to be.
std::string quote_cookie_value(std::string_view value);
std::string unquote_cookie_value(std::string_view value);

}  // namespace nuages::http

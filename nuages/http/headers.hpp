// The headers of a request: views into the connection's buffer, found by a scan that ignores case.
// A request has some ten headers; a scan that compares lengths first beats any table, and has no key that could
// collide.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace nuages::http {

/// One header field as the parser saw it; the value carries no white space at its ends.
struct HeaderView {
    std::string_view name;
    std::string_view value;
};

/// ASCII case is ignored and '_' counts as '-', so that `headers.user_agent` works in templates.
/// (The server drops fields whose name has an underscore: they could pose as another field.)
bool header_name_equals(std::string_view a, std::string_view b);

/// Whether a field may stand behind a body (RFC 9110, 6.5.1): not those that frame a message, route it, or say how to treat
/// its body, which must be known before.
bool may_be_trailer(std::string_view name) noexcept;

/// Whether TOKEN is an element of the comma-separated LIST ("close" of "keep-alive, Close"); case is ignored.
bool list_contains(std::string_view list, std::string_view token) noexcept;

/// A borrowed list of header fields (django.http.request.HttpHeaders).
class Headers {
public:
    Headers() = default;
    Headers(const HeaderView* fields, std::size_t count) : fields_(fields), count_(count) {}

    /// The first field's value; empty when there is none.
    std::string_view operator[](std::string_view name) const { return find(name).value_or(std::string_view{}); }
    std::string_view get(std::string_view name, std::string_view otherwise = {}) const {
        return find(name).value_or(otherwise);
    }
    std::optional<std::string_view> find(std::string_view name) const;
    bool contains(std::string_view name) const { return find(name).has_value(); }

    const HeaderView* begin() const { return fields_; }
    const HeaderView* end() const { return fields_ + count_; }
    std::size_t size() const { return count_; }

private:
    const HeaderView* fields_ = nullptr;
    std::size_t count_ = 0;
};

}  // namespace nuages::http

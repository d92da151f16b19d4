// What URL resolution found (django.urls.ResolverMatch). The types live here so that a Request can carry a match;
// nuages/urls fills it. Nothing is allocated: a match points at the route table and at the path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace nuages::http {

/// What a view's decorators say of its route to middleware.
enum class RouteFlag : unsigned {
    csrf_exempt = 1,      ///< no token is asked for
    no_append_slash = 2,  ///< APPEND_SLASH does not lead here
    non_atomic = 4,       ///< the view runs outside of ATOMIC_REQUESTS' transaction
};

/// Descriptive part of a route or an include.
struct RouteInfo {
    std::string route;                                        // as written
    std::string name;                                         // of a route
    std::string app_name;                                     // of an include
    std::string namespace_;                                   // of an include
    std::vector<std::pair<std::string, std::string>> kwargs;  // extra ones given to path()
    unsigned flags = 0;                                       // of a route: RouteFlag
};

/// One captured part of the path.
struct Capture {
    std::string_view name;    // empty for an unnamed group of re_path()
    std::string_view text;    // decoded, as it stands in the path
    std::int64_t number = 0;  // of the int converter
    const void* converter = nullptr;
    bool matched = true;  // false for an optional group that took no part
};

/// Whether a captured number is a value of T.
template <class T>
requires std::is_integral_v<T>
constexpr bool number_fits(std::int64_t number) {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) >= sizeof number) {
        return number >= 0;
    } else {
        return static_cast<std::int64_t>(static_cast<T>(number)) == number;
    }
}

class ResolverMatch {
public:
    static constexpr std::size_t kDepthMax = 12;
    static constexpr std::size_t kCapturesMax = 24;

    explicit operator bool() const { return depth_ != 0; }

    /// The name of the route; empty when it has none.
    std::string_view url_name() const {
        return depth_ ? std::string_view(chain_[depth_ - 1]->name) : std::string_view{};
    }
    /// Whether the view is decorated so.
    bool has_flag(RouteFlag flag) const { return depth_ && (chain_[depth_ - 1]->flags & static_cast<unsigned>(flag)) != 0; }
    /// "blog:detail".
    std::string view_name() const;
    /// "blog/<slug:slug>/": all parts of the route as written.
    std::string route() const;
    std::vector<std::string_view> app_names() const;
    std::vector<std::string_view> namespaces() const;
    std::string namespace_() const;
    std::string app_name() const;

    /// The text captured under `name`, or the extra argument of that name.
    std::optional<std::string_view> find(std::string_view name) const;

    const Capture* begin() const { return captures_; }
    const Capture* end() const { return captures_ + count_; }
    std::size_t captures() const { return count_; }
    const Capture& capture(std::size_t i) const { return captures_[i]; }

    /// The includes from the root on, and at last the route itself.
    std::size_t depth() const { return depth_; }
    const RouteInfo& level(std::size_t i) const { return *chain_[i]; }

    // For nuages/urls.
    bool push(const RouteInfo& level) { return depth_ < kDepthMax && (chain_[depth_++] = &level, true); }
    bool push(const Capture& capture) { return count_ < kCapturesMax && (captures_[count_++] = capture, true); }
    void pop_to(std::size_t depth, std::size_t captures) { depth_ = depth, count_ = captures; }
    void clear() { depth_ = count_ = 0; }

private:
    std::size_t depth_ = 0;
    std::size_t count_ = 0;
    const RouteInfo* chain_[kDepthMax] = {};
    Capture captures_[kCapturesMax] = {};
};

}  // namespace nuages::http

// Lists of networks: whom to believe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::server::detail {

class Networks {
public:
    /// "10.0.0.0/8", "::1", "*" for everybody. Throws Error naming what is neither.
    explicit Networks(const std::vector<std::string>& list);

    /// Whether ADDRESS (as text) is in one of them. An empty one is the other end of a Unix socket, which the file's
    /// permissions have let in.
    bool contain(std::string_view address) const;

private:
    using Bytes = std::array<std::uint8_t, 16>;
    struct Network {
        Bytes bytes;  // IPv4 addresses are mapped ones
        unsigned bits;
    };
    static bool parse(std::string_view text, Bytes& bytes, bool& is_v4);

    std::vector<Network> networks_;
    bool all_ = false;
};

}  // namespace nuages::server::detail

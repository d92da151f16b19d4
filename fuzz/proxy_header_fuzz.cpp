// A PROXY header cut at any byte: the outcome of the whole is that of its pieces, and what is complete stays complete.
#include <nuages/server/detail/proxy_header.hpp>

#include <cstdint>
#include <cstdlib>

using nuages::server::detail::parse_proxy_header;
using nuages::server::detail::ProxyHeader;
using nuages::server::detail::ProxyState;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    ProxyHeader whole;
    const ProxyState outcome = parse_proxy_header(bytes, whole);
    if (outcome == ProxyState::complete && (whole.size == 0 || whole.size > size)) std::abort();
    for (std::size_t i = 0; i < size && i < 300; ++i) {
        ProxyHeader part;
        const ProxyState state = parse_proxy_header(bytes.substr(0, i), part);
        if (state == ProxyState::need_more) continue;
        // Nothing that comes later changes what was decided.
        if (state != outcome) std::abort();
        if (state == ProxyState::complete && (part.size != whole.size || i < part.size)) std::abort();
    }
    return 0;
}

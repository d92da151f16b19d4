// Whatever a Range header says, what it asks for lies inside, and is no more than there is.
#include <nuages/http/range.hpp>

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::uint64_t length = data[0] == 255 ? ~std::uint64_t{0} >> 1 : data[0];
    const auto ranges = nuages::http::parse_range({reinterpret_cast<const char*>(data + 1), size - 1}, length);
    if (!ranges) return 0;
    std::uint64_t total = 0;
    if (ranges->size() > 16) std::abort();
    for (const auto& range : *ranges) {
        if (range.begin >= range.end || range.end > length) std::abort();
        total += range.end - range.begin;
    }
    if (total > length) std::abort();
    return 0;
}

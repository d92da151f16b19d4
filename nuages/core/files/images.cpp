#include <nuages/core/files/images.hpp>

namespace nuages::files {

namespace {

/// Bytes with their bounds: reading past the end gives 0 and remembers it.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes.substr(0, kImageHeadMax)) {}

    std::uint32_t byte(std::size_t at) {
        if (at < bytes_.size()) return static_cast<unsigned char>(bytes_[at]);
        past_ = true;
        return 0;
    }
    std::uint32_t big(std::size_t at, std::size_t count) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < count; ++i) value = value << 8 | byte(at + i);
        return value;
    }
    std::uint32_t little(std::size_t at, std::size_t count) {
        std::uint32_t value = 0;
        for (std::size_t i = count; i-- > 0;) value = value << 8 | byte(at + i);
        return value;
    }
    bool has(std::size_t at, std::string_view text) const { return bytes_.substr(at < bytes_.size() ? at : bytes_.size()).starts_with(text); }
    bool past() const { return past_; }
    std::size_t size() const { return bytes_.size(); }

private:
    std::string_view bytes_;
    bool past_ = false;
};

using Size = std::optional<ImageSize>;

Size made(const Reader& from, std::uint32_t width, std::uint32_t height, std::string_view format) {
    if (from.past() || width == 0 || height == 0) return {};
    return ImageSize{width, height, format};
}

Size png(Reader in) {
    if (!in.has(12, "IHDR")) return {};
    const std::uint32_t width = in.big(16, 4), height = in.big(20, 4);
    if (width >> 31 || height >> 31) return {};  // the format's own limit
    return made(in, width, height, "PNG");
}

Size gif(Reader in) {
    const std::uint32_t width = in.little(6, 2), height = in.little(8, 2);
    return made(in, width, height, "GIF");
}

// Segments follow each other until a frame header: FF, a kind, the length with its own two bytes.
Size jpeg(Reader in) {
    for (std::size_t at = 2; at + 4 <= in.size();) {
        if (in.byte(at) != 0xff) return {};
        const std::uint32_t kind = in.byte(at + 1);
        if (kind == 0xff) {  // padding
            ++at;
            continue;
        }
        const bool alone = kind == 0x01 || (kind >= 0xd0 && kind <= 0xd8);  // no length
        if (alone) {
            at += 2;
            continue;
        }
        if (kind == 0xd9 || kind == 0xda) return {};  // the picture begins or ends, and there was no frame header
        const bool frame = kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8 && kind != 0xcc;
        if (frame) {
            const std::uint32_t height = in.big(at + 5, 2), width = in.big(at + 7, 2);
            return made(in, width, height, "JPEG");
        }
        const std::uint32_t length = in.big(at + 2, 2);
        if (length < 2) return {};
        at += 2 + length;
    }
    return {};
}

Size webp(Reader in) {
    std::uint32_t width = 0, height = 0;
    if (in.has(12, "VP8X")) {
        width = in.little(24, 3) + 1;
        height = in.little(27, 3) + 1;
    } else if (in.has(12, "VP8L")) {
        if (in.byte(20) != 0x2f) return {};
        const std::uint32_t bits = in.little(21, 4);
        width = (bits & 0x3fff) + 1;
        height = (bits >> 14 & 0x3fff) + 1;
    } else if (in.has(12, "VP8 ")) {
        if (!in.has(23, "\x9d\x01\x2a")) return {};
        width = in.little(26, 2) & 0x3fff;
        height = in.little(28, 2) & 0x3fff;
    }
    return made(in, width, height, "WEBP");
}

}  // namespace

std::optional<ImageSize> image_size(std::string_view bytes) {
    const Reader in(bytes);
    if (in.has(0, "\x89PNG\r\n\x1a\n")) return png(in);
    if (in.has(0, "GIF87a") || in.has(0, "GIF89a")) return gif(in);
    if (in.has(0, "\xff\xd8\xff")) return jpeg(in);
    if (in.has(0, "RIFF") && in.has(8, "WEBP")) return webp(in);
    return {};
}

}  // namespace nuages::files

// Sizes of images, read from the headers of PNG, JPEG, GIF and WebP (django.core.files.images).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nuages::files {

struct ImageSize {
    std::uint32_t width = 0, height = 0;  ///< in pixels
    std::string_view format;              ///< "PNG", "JPEG", "GIF" or "WEBP"
    bool operator==(const ImageSize&) const = default;
};

/// As much of a file's begin as is looked at. A JPEG whose size stands behind a longer preview has none for us.
inline constexpr std::size_t kImageHeadMax = 64 * 1024;

/// The size of the image that BYTES begin; nothing for other contents, for headers that are cut off, and for sizes of 0.
std::optional<ImageSize> image_size(std::string_view bytes);

}  // namespace nuages::files

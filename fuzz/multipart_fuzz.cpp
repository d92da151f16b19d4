// Reads the same form in chunks of several sizes. Only base64 and unread parts may come out differently, as in Django: what
// is compared are the fields of forms that have neither.
#include <nuages/base/error.hpp>
#include <nuages/http/multipart.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

using nuages::http::MultiPartForm;

std::string read(std::string_view body, std::size_t chunk_size, std::size_t memory_max) {
    std::size_t at = 0;
    const auto next = [&](char* data, std::size_t size) {
        const std::size_t bytes = std::min(size, body.size() - at);
        if (bytes > 0) std::memcpy(data, body.data() + at, bytes);
        at += bytes;
        return bytes;
    };
    try {
        const MultiPartForm form = nuages::http::parse_multipart(
            "multipart/form-data; boundary=B", static_cast<std::int64_t>(body.size()), next,
            {.data_upload_max_memory_size = memory_max, .data_upload_max_number_fields = 10,
             .data_upload_max_number_files = 5, .chunk_size = chunk_size});
        std::string text;
        form.files.for_each([&](std::string_view name, const nuages::http::UploadedFile& file) {
            if (file.name.find('/') != file.name.npos || file.name == ".." || file.name.empty()) std::abort();
            text.append(name).append(file.name);
            file.chunks([&](std::string_view chunk) { text += chunk; });
        });
        form.fields.for_each([&](std::string_view name, std::string_view value) { text.append(name).append(value); });
        return text;
    } catch (const nuages::Error& error) {
        return error.name();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
    const std::size_t memory_max = data[0] & 1 ? 30 : 100'000;
    read(body, 1, memory_max);
    read(body, 64, memory_max);
    read(body, 65'536, memory_max);
    return 0;
}

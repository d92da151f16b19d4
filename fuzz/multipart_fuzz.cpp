// Reads the same form in chunks of several sizes, in memory and into files, under limits that the input names. The first
// bytes are flags, the first line the boundary; a byte 1 in the body stands for the line break and the boundary.
// A part that fits into what is read of its head is read whole, so a short form must come out alike whatever the chunks.
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
using nuages::http::MultiPartOptions;

constexpr std::size_t kWholeMax = 1000;  // a part shorter than this is read at once

void check_limits(const MultiPartForm& form, const MultiPartOptions& options) {
    std::size_t fields = 0, files = 0, bytes = 0;
    form.fields.for_each([&](std::string_view name, std::string_view value) {
        ++fields;
        bytes += name.size() + value.size();
    });
    form.files.for_each([&](std::string_view, const nuages::http::UploadedFile& file) {
        ++files;
        if (file.name.find('/') != file.name.npos || file.name == ".." || file.name == "." || file.name.empty()) std::abort();
        if (file.in_memory() != file.temporary_file_path().empty()) std::abort();
    });
    // Two parts are not counted; names count by characters, and bytes that are no UTF-8 grow to three.
    if (fields > options.data_upload_max_number_fields + 2 || files > options.data_upload_max_number_files) std::abort();
    if (bytes > 4 * options.data_upload_max_memory_size) std::abort();
}

std::string read(const std::string& type, std::string_view body, const MultiPartOptions& options) {
    std::size_t at = 0;
    const auto next = [&](char* data, std::size_t size) {
        const std::size_t bytes = std::min(size, body.size() - at);
        if (bytes > 0) std::memcpy(data, body.data() + at, bytes);
        at += bytes;
        return bytes;
    };
    try {
        const MultiPartForm form =
            nuages::http::parse_multipart(type, static_cast<std::int64_t>(body.size()), next, options);
        check_limits(form, options);
        std::string text;
        form.files.for_each([&](std::string_view name, const nuages::http::UploadedFile& file) {
            text.append(name).append("|").append(file.name).append("|").append(file.content_type).append("|");
            std::uint64_t size = 0;
            file.chunks([&](std::string_view chunk) {
                text += chunk;
                size += chunk.size();
            });
            if (size != file.size()) std::abort();
        });
        form.fields.for_each([&](std::string_view name, std::string_view value) { text.append(name).append("=").append(value); });
        return text;
    } catch (const nuages::Error& error) {
        return error.name();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data + 3), size - 3);
    const std::string boundary(text.substr(0, text.find('\n')));
    const std::string_view given = text.substr(std::min(boundary.size() + 1, text.size()));
    std::string body;
    for (const char c : given) {
        if (c == 1) {
            body.append("\r\n--").append(boundary);
        } else {
            body += c;
        }
    }
    const std::string type = "multipart/form-data; boundary=" + boundary;
    const bool is_limited = data[0] & 1;
    MultiPartOptions options{.data_upload_max_memory_size = is_limited ? data[1] : std::size_t{100'000},
                             .data_upload_max_number_fields = is_limited ? data[2] % 8u : std::size_t{100},
                             .data_upload_max_number_files = is_limited ? data[2] / 64u : std::size_t{10},
                             .is_latin1 = (data[0] & 2) != 0};
    const std::string whole = read(type, body, options);
    for (const std::size_t chunk_size : {std::size_t{1}, std::size_t{data[1]} + 1}) {
        options.chunk_size = chunk_size;
        const std::string pieces = read(type, body, options);
        if (body.size() < kWholeMax && pieces != whole) std::abort();
    }
    if ((data[0] & 0xf0) == 0xf0) {  // seldom: it writes files
        options.file_upload_max_memory_size = 0;
        options.chunk_size = 64 * 1024;
        if (read(type, body, options) != whole) std::abort();
    }
    return 0;
}

// multipart/form-data bodies, as django.http.multipartparser reads them.
#include "runner.hpp"

#include <nuages/http/errors.hpp>
#include <nuages/http/multipart.hpp>
#include <nuages/utils/base64.hpp>

#include <limits>

namespace nuages::conformance {
namespace {

// What Python's int() makes of the header; 0 where it refuses.
std::int64_t content_length_of(const json::value& header) {
    if (header.is_null()) return 0;
    std::string digits;
    for (const char c : text(header))
        if (c != ' ') digits += c;
    const bool is_number = !digits.empty() && digits.find_first_not_of("0123456789", digits[0] == '-' ? 1 : 0) == digits.npos;
    return is_number ? std::stoll(digits) : 0;
}

http::MultiPartOptions options_of(const Case& one) {
    http::MultiPartOptions options;
    const auto limit = [&](std::string_view name) {
        const json::value& value = one.setting(name);
        return value.is_null() ? std::string::npos : static_cast<std::size_t>(integer(value));
    };
    options.data_upload_max_memory_size = limit("DATA_UPLOAD_MAX_MEMORY_SIZE");
    options.data_upload_max_number_fields = limit("DATA_UPLOAD_MAX_NUMBER_FIELDS");
    options.data_upload_max_number_files = limit("DATA_UPLOAD_MAX_NUMBER_FILES");
    options.file_upload_max_memory_size = limit("FILE_UPLOAD_MAX_MEMORY_SIZE");
    if (one.has("chunk_size")) options.chunk_size = static_cast<std::size_t>(integer(one.at("chunk_size")));
    if (one.has("encoding")) {
        const std::string encoding = text(one.at("encoding"));
        if (encoding != "utf-8" && encoding != "iso-8859-1" && encoding != "latin-1")
            throw Skip("other encodings of forms than UTF-8 and ISO 8859-1 are not wanted");
        options.is_latin1 = encoding != "utf-8";
    }
    return options;
}

json::value fields_of(const http::QueryDict& fields) {
    json::array out;
    for (const auto& [name, values] : fields.lists()) {
        json::array list;
        for (const std::string& value : values) list.emplace_back(value);
        out.push_back(json::array{json::value(name), list});
    }
    return out;
}

json::value file_of(const http::UploadedFile& file) {
    std::string content;
    file.chunks([&](std::string_view chunk) { content += chunk; });
    json::object extra;
    for (const auto& [name, value] : file.content_type_extra) extra[name] = bytes(value);
    return {{"filename", file.name},
            {"content_type", file.content_type},
            {"charset", file.charset.empty() ? json::value() : bytes(file.charset)},
            {"content_type_extra", extra},
            {"size", file.size()},
            {"in_memory", file.in_memory()},
            {"content", utils::base64_encode(content)}};
}

json::value files_of(const http::UploadedFiles& files) {
    json::array out;
    for (const std::string_view name : files.keys()) {
        json::array list;
        for (const http::UploadedFile& file : files.getlist(name)) list.push_back(file_of(file));
        out.push_back(json::array{json::value(name), list});
    }
    return out;
}

void run_one(const Case& one, Report& report) {
    const std::string body = utils::base64_decode(text(one.at("body"))).value();
    std::size_t at = 0;
    const auto read = [&](char* data, std::size_t size) {
        const std::size_t got = body.copy(data, size, at);
        at += got;
        return got;
    };
    json::value expected = one.has("error") && !one.at("error").is_null()
                               ? json::value{{"error", one.at("error")}, {"message", one.at("message")}}
                               : json::value{{"fields", normalized(one.at("fields"))}, {"files", one.at("files")}};
    json::value got;
    try {
        const http::MultiPartForm form = http::parse_multipart(text(one.at("content_type")),
                                                               content_length_of(one.at("content_length")), read,
                                                               options_of(one));
        got = {{"fields", fields_of(form.fields)}, {"files", files_of(form.files)}};
    } catch (const Error& error) {
        got = {{"error", error.name()}, {"message", error.what()}};
    }
    if (expected == got) return report.pass();
    report.fail(one.id(), json::serialize(expected), json::serialize(got));
}

}  // namespace

void run_multipart(const File& file, Report& report) {
    for (const json::value& fields : file.cases()) {
        const Case one{file, fields.as_object()};
        try {
            if (const std::string_view difference = difference_of(one.id()); !difference.empty())
                throw Skip(std::string(difference));
            run_one(one, report);
        } catch (const Skip& skip) {
            report.skip(one.id(), skip.what());
        }
    }
}

}  // namespace nuages::conformance

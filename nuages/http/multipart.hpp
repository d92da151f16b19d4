// multipart/form-data (RFC 7578), read as Django reads it: django.http.multipartparser.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/http/querydict.hpp>
#include <nuages/http/uploaded_file.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nuages::http {

/// What a form may hold. A limit of npos is none.
struct MultiPartOptions {
    std::size_t data_upload_max_memory_size = 2'621'440;  ///< bytes of all fields together, names included
    std::size_t data_upload_max_number_fields = 1000;
    std::size_t data_upload_max_number_files = 100;
    /// Files stay in memory when the whole body is no longer than this, else they go to temporary files.
    std::size_t file_upload_max_memory_size = 2'621'440;
    std::string_view file_upload_temp_dir = {};  ///< empty: $TMPDIR, or /tmp
    std::size_t chunk_size = 64 * 1024;          ///< read at once
    bool is_latin1 = false;                      ///< the text's encoding; else UTF-8
};

/// What a form holds.
struct MultiPartForm {
    QueryDict fields;
    UploadedFiles files;
};

/// Reads bytes of the body: at most SIZE of them, 0 at the end.
using BodyReader = FunctionRef<std::size_t(char* data, std::size_t size)>;

/// Reads a body of CONTENT_LENGTH bytes, of which 0 is an empty form. CONTENT_TYPE names the boundary. Takes time in
/// proportion to the body and memory for its fields, a chunk and the files that stay there. A part that is cut off is
/// left out, as Django does. Throws MultiPartParserError, TooManyFieldsSent, TooManyFilesSent, RequestDataTooBig.
MultiPartForm parse_multipart(std::string_view content_type, std::int64_t content_length, BodyReader body,
                              const MultiPartOptions& options = {});

}  // namespace nuages::http

#include <nuages/http/response.hpp>

#include <nuages/utils/http.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nuages::http {
namespace {

struct TypeOfEnding {
    std::string_view ending;
    std::string_view type;
};
constexpr TypeOfEnding kTypes[] = {
    {"avif", "image/avif"},
    {"bin", "application/octet-stream"},
    {"bmp", "image/bmp"},
    {"br", "application/x-brotli"},
    {"bz2", "application/x-bzip2"},
    {"css", "text/css"},
    {"csv", "text/csv"},
    {"deb", "application/vnd.debian.binary-package"},
    {"gif", "image/gif"},
    {"gz", "application/gzip"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"ico", "image/vnd.microsoft.icon"},
    {"ics", "text/calendar"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"md", "text/markdown"},
    {"mjs", "text/javascript"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"ogg", "audio/ogg"},
    {"otf", "font/otf"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"svg", "image/svg+xml"},
    {"tar", "application/x-tar"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"ttf", "font/ttf"},
    {"txt", "text/plain"},
    {"wasm", "application/wasm"},
    {"wav", "audio/x-wav"},
    {"webm", "video/webm"},
    {"webmanifest", "application/manifest+json"},
    {"webp", "image/webp"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"xml", "text/xml"},
    {"xz", "application/x-xz"},
    {"zip", "application/zip"},
};

}  // namespace

std::string_view guess_content_type(std::string_view file_name) {
    const std::size_t dot = file_name.rfind('.');
    if (dot != file_name.npos) {
        const std::string_view ending = file_name.substr(dot + 1);
        for (const TypeOfEnding& known : kTypes)
            if (header_name_equals(known.ending, ending)) return known.type;
    }
    return "application/octet-stream";
}

Response FileResponse(const std::string& path, const FileOptions& options) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) throw Http404("The file can't be opened.");
    struct stat about {};
    const bool regular = ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
    auto body = make_ref<FileBody>(descriptor, 0, regular ? static_cast<std::uint64_t>(about.st_size) : 0);
    if (!regular) throw Http404("There is no such file.");

    const std::string name = options.filename.empty() ? path.substr(path.rfind('/') + 1) : options.filename;
    Response response({},
                      options.content_type.empty() ? guess_content_type(name) : std::string_view(options.content_type));
    const bool is_named = options.as_attachment || !options.filename.empty();
    if (is_named) {
        if (auto disposition = utils::content_disposition_header(options.as_attachment, name))
            response.set("Content-Disposition", *disposition);
    } else if (auto disposition = utils::content_disposition_header(false, name)) {
        response.set("Content-Disposition", *disposition);
    }
    response.set_file(std::move(body));
    return response;
}

}  // namespace nuages::http

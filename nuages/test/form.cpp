#include <nuages/test/form.hpp>

#include <nuages/http/querydict.hpp>
#include <nuages/http/response.hpp>

#include <algorithm>

namespace nuages::test {
namespace {

/// In quotes, as browsers write names (HTML, 4.10.22.7).
std::string quoted(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"') {
            out += "%22";
        } else if (c == '\r' || c == '\n') {
            out += c == '\r' ? "%0D" : "%0A";
        } else {
            out += c;
        }
    }
    return out + "\"";
}

}  // namespace

bool Form::has_files() const {
    return std::any_of(fields_.begin(), fields_.end(), [](const auto& field) { return field.second.is_file(); });
}

std::string Form::urlencode() const {
    http::QueryDict dict;
    for (const auto& [name, field] : fields_) dict.appendlist(name, field.is_file() ? field.file().name : field.text());
    return dict.urlencode();
}

std::string Form::encode_multipart(std::string_view boundary) const {
    std::string out;
    for (const auto& [name, field] : fields_) {
        out.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=").append(quoted(name));
        if (field.is_file()) {
            const File& file = field.file();
            out.append("; filename=").append(quoted(file.name)).append("\r\nContent-Type: ");
            out.append(file.content_type.empty() ? http::guess_content_type(file.name) : std::string_view(file.content_type));
        }
        out.append("\r\n\r\n").append(field.is_file() ? field.file().content : field.text()).append("\r\n");
    }
    return out.append("--").append(boundary).append("--\r\n");
}

}  // namespace nuages::test

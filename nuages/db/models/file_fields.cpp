#include <nuages/core/files/images.hpp>
#include <nuages/core/files/paths.hpp>
#include <nuages/core/validators/validation_error.hpp>
#include <nuages/db/models/file_fields.hpp>
#include <nuages/db/models/meta.hpp>

#include <optional>

namespace nuages::db::models {

void set_image(const Field& field, void* object, std::string_view path, std::string_view content) {
    std::optional<files::ImageSize> size;
    if (!path.empty() && !(size = files::image_size(content)))
        throw ValidationError("Upload a valid image. The file you uploaded was either not an image or a corrupted image.", "invalid_image");
    field.set(object, Literal(std::string(path)));
    const auto set = [&](const std::string& name, std::uint32_t pixels) {
        if (name.empty()) return;
        const Field& place = field.model->field(name);
        if (size)
            place.set(object, Literal(static_cast<std::int64_t>(pixels)));
        else
            place.set(object, place.null ? Literal() : Literal(0));
    };
    set(field.file.width_field, size ? size->width : 0);
    set(field.file.height_field, size ? size->height : 0);
}

std::vector<std::pair<std::string, std::string>> file_path_choices(const Field& field) {
    std::vector<std::pair<std::string, std::string>> choices = files::path_choices(
        field.file.path, {.match = field.file.match,
                          .recursive = field.file.recursive,
                          .allow_files = field.file.allow_files,
                          .allow_folders = field.file.allow_folders});
    if (field.blank) choices.insert(choices.begin(), {"", "---------"});
    return choices;
}

}  // namespace nuages::db::models

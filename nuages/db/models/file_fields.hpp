// What fields of files do without a storage: images that tell their size, paths that may be chosen.
#pragma once

#include <nuages/db/models/field.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// Sets an ImageField of OBJECT to PATH, and the fields that its width_field and height_field name to the size that the
/// first bytes of CONTENT say (ImageField.update_dimension_fields). An empty path forgets them.
/// Throws ValidationError with Django's text and the code "invalid_image" when CONTENT is no image.
void set_image(const Field& field, void* object, std::string_view path, std::string_view content);

/// What a FilePathField offers: paths and what people see of them; first the empty choice, unless a value is needed.
/// Throws Error where the folder cannot be read.
std::vector<std::pair<std::string, std::string>> file_path_choices(const Field& field);

}  // namespace nuages::db::models

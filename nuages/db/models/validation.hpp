// Validation of objects: Django's full_clean() and its parts. All throw ValidationError with errors by field, codes and
// parameters as Django has them; those that belong to no field stand under NON_FIELD_ERRORS.
#pragma once

#include <nuages/core/validators/validation_error.hpp>
#include <nuages/db/models/meta.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace nuages::db::models {

struct CleanOptions {
    std::set<std::string, std::less<>> exclude = {};  ///< names of fields that are not looked at
    bool validate_unique = true;
    bool validate_constraints = true;
    /// Whether the object is new, so that its own row is no conflict; unset: it is new when it has no key.
    std::optional<bool> adding = {};
    std::string_view using_ = {};  ///< "": the default database
};

/// clean_fields(), the model's own clean(), validate_unique() and validate_constraints(), all errors together.
void full_clean(const ModelMeta& meta, void* object, const CleanOptions& options = {});
/// Converts each field's value and validates it; the cleaned values are set in the object.
void clean_fields(const ModelMeta& meta, void* object, const CleanOptions& options = {});
/// Unique fields, unique_together, composite keys, unique_for_date and its kin: a query each.
void validate_unique(const ModelMeta& meta, const void* object, const CleanOptions& options = {});
/// The constraints of Meta: a query each.
void validate_constraints(const ModelMeta& meta, const void* object, const CleanOptions& options = {});

/// A field's clean(): VALUE as its type, after all its validators. Throws ValidationError without field names.
Literal clean_value(const Field& field, const Literal& value, std::string_view database = {});
/// A field's to_python(): "17" for an IntegerField is 17.
Literal to_python(const Field& field, const Literal& value);

}  // namespace nuages::db::models

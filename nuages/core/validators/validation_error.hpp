// ValidationError: what is wrong with a value, or with several fields (django.core.exceptions.ValidationError).
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/utils/value.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages {

/// The key of errors that belong to no field.
inline constexpr std::string_view NON_FIELD_ERRORS = "__all__";

/// One or more errors, either plain or by field. `what()` names all of them.
class ValidationError : public Error {
public:
    using Params = std::vector<std::pair<std::string, Value>>;

    struct Item {
        std::string message;  ///< with "%(name)s" where a parameter stands
        std::string code;
        Params params;

        /// The message with its parameters.
        std::string text() const;
    };
    /// Errors by field, in the order in which they were found.
    using Fields = std::vector<std::pair<std::string, std::vector<Item>>>;

    explicit ValidationError(std::string message, std::string code = {}, Params params = {});
    explicit ValidationError(std::vector<Item> items);
    explicit ValidationError(Fields fields);
    const char* name() const noexcept override { return "ValidationError"; }

    bool has_fields() const { return !fields_.empty(); }
    /// The plain errors; empty where they are by field.
    const std::vector<Item>& items() const { return items_; }
    const Fields& fields() const { return fields_; }
    /// All texts, as Django's `messages`.
    std::vector<std::string> messages() const;
    /// Adds these errors to TO: plain ones under FIELD.
    void update_error_dict(Fields& to, std::string_view field = NON_FIELD_ERRORS) const;

private:
    std::vector<Item> items_;
    Fields fields_;
};

/// MESSAGE with "%(name)s", "%(name)d", "%(name)r" and "%%" filled in.
std::string format_params(std::string_view message, const ValidationError::Params& params);

}  // namespace nuages

// Django's ready made validators (django.core.validators). Each factory's name is that of the class or function.
//
//     CharField code {{.max_length = 8, .validators = validators::list(validate_slug)}};
#pragma once

#include <nuages/core/validators/validation_error.hpp>
#include <nuages/core/validators/validator.hpp>
#include <nuages/utils/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nuages::validators {

using ValidatorRef = Ref<const Validator>;

/// Keyword arguments that every validator takes; empty stands for Django's own.
struct Options {
    std::string message = {};
    std::string code = {};
};

/// The text of the value must contain a match of PATTERN (Python's syntax), or none with `inverse_match`. FLAGS are
/// utils::Regex's. Throws Error for a wrong pattern.
ValidatorRef RegexValidator(std::string_view pattern, Options options = {}, bool inverse_match = false,
                            unsigned flags = 0);
ValidatorRef DomainNameValidator(bool accept_idna = true, Options options = {});
ValidatorRef EmailValidator(Options options = {}, std::vector<std::string> allowlist = {"localhost"});
ValidatorRef URLValidator(std::vector<std::string> schemes = {"http", "https", "ftp", "ftps"}, Options options = {});

ValidatorRef MaxValueValidator(Value limit, Options options = {});
ValidatorRef MinValueValidator(Value limit, Options options = {});
/// A multiple of LIMIT, counted from OFFSET (null: 0).
ValidatorRef StepValueValidator(Value limit, Value offset = nullptr, Options options = {});
ValidatorRef MaxLengthValidator(std::int64_t limit, Options options = {});
ValidatorRef MinLengthValidator(std::int64_t limit, Options options = {});
/// Digits of a decimal number in all, and behind the point; -1 for no limit.
ValidatorRef DecimalValidator(int max_digits, int decimal_places);
/// The extension of a file's name, without its dot, in any case.
ValidatorRef FileExtensionValidator(std::vector<std::string> allowed, Options options = {});
ValidatorRef ProhibitNullCharactersValidator(Options options = {});
/// Integers joined by SEPARATOR.
ValidatorRef int_list_validator(std::string_view separator = ",", Options options = {}, bool allow_negative = false);

const ValidatorRef& validate_integer();
const ValidatorRef& validate_email();
const ValidatorRef& validate_domain_name();
const ValidatorRef& validate_slug();
const ValidatorRef& validate_unicode_slug();
const ValidatorRef& validate_ipv4_address();
const ValidatorRef& validate_ipv6_address();
const ValidatorRef& validate_ipv46_address();
const ValidatorRef& validate_comma_separated_integer_list();
const ValidatorRef& validate_image_file_extension();
const ValidatorRef& validate_url();

}  // namespace nuages::validators

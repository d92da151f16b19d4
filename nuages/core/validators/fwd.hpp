// Forward declarations of nuages/core/validators.
#pragma once

namespace nuages {
class ValidationError;
namespace validators {
class Validator;
}
}  // namespace nuages

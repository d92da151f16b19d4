// Forward declarations of nuages::core::checks names.
#pragma once

namespace nuages::core::checks {

enum class Severity : int;
struct Message;
struct Check;
struct CheckOptions;

}  // namespace nuages::core::checks

namespace nuages {
namespace checks = core::checks;
}

// Forward declarations of nuages/shell.
#pragma once

namespace nuages::shell {
class SyntaxError;
}

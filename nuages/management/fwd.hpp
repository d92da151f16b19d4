// Forward declarations of nuages::management names.
#pragma once

namespace nuages::management {

struct Command;
struct Parameter;
struct ParsedArguments;
class CommandAction;
class CommandError;
class Io;

}  // namespace nuages::management

namespace nuages {
using management::Command;
using management::CommandError;
using management::Io;
}  // namespace nuages

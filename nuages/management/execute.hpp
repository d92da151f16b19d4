// From argv to a command: what main() of a site calls, and call_command() for code and tests.
#pragma once

#include <nuages/management/command.hpp>
#include <nuages/site/fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nuages::management {

/// Runs the command that the arguments name and returns the exit code: 0, 1 after an error, 2 for wrong usage.
/// SETTINGS is only called when the command needs a site. Commands run on a fiber.
int execute_from_command_line(int argc, const char* const* argv, site::Settings (*settings)());

/// Runs a command of the current site (or a built-in one) by name: `call_command(io, "migrate", {"--plan"})`.
/// Throws CommandError, UsageError, and what the command throws.
int call_command(Io& io, std::string_view name, const std::vector<std::string>& arguments = {});

/// The framework's own commands, by name.
const std::vector<const Command*>& built_in_commands();

}  // namespace nuages::management

namespace nuages {
using management::call_command;
using management::execute_from_command_line;
}  // namespace nuages

// The built-in commands, one constant in each source.
#pragma once

#include <nuages/management/command.hpp>

namespace nuages::management::detail {

extern const Command check_command;
extern const Command compilemessages_command;
extern const Command createcachetable_command;
extern const Command dbshell_command;
extern const Command diffsettings_command;
extern const Command dumpdata_command;
extern const Command flush_command;
extern const Command help_command;
extern const Command inspectdb_command;
extern const Command listurls_command;
extern const Command loaddata_command;
extern const Command makemessages_command;
extern const Command migrate_command;
extern const Command runserver_command;
extern const Command serve_command;
extern const Command shell_command;
extern const Command sqlflush_command;
extern const Command sqlsequencereset_command;
extern const Command startapp_command;
extern const Command startproject_command;
extern const Command version_command;

}  // namespace nuages::management::detail

// What a site's own sources include: Settings, App, Command, Env, signals of models, execute_from_command_line().
#pragma once

#include <nuages/management/execute.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/site/model_signals.hpp>
#include <nuages/site/site.hpp>

#pragma once

#include <nuages/site.hpp>

nuages::Settings settings();

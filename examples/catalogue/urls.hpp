#pragma once

#include <nuages/urls/path.hpp>

nuages::Urls urls();

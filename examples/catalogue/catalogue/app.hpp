#pragma once

#include <nuages/site.hpp>

namespace catalogue {

extern const nuages::App app;

}  // namespace catalogue

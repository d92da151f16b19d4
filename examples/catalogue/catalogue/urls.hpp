#pragma once

#include <nuages/urls/path.hpp>

namespace catalogue {

nuages::Urls urls();

}  // namespace catalogue

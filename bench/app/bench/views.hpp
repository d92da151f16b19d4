#pragma once

#include <nuages/views.hpp>

namespace bench {

nuages::Urls urls();

}  // namespace bench

// Forward declarations of nuages::middleware names.
#pragma once

namespace nuages::middleware {

struct Options;

}  // namespace nuages::middleware

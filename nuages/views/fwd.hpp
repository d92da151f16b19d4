// Forward declarations of nuages::views names.
#pragma once

namespace nuages::views {

struct HandlerOptions;
struct RenderOptions;

}  // namespace nuages::views

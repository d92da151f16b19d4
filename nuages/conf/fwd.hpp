// Forward declarations of nuages::conf names.
#pragma once

namespace nuages::conf {

class Env;
struct DatabaseUrl;

}  // namespace nuages::conf

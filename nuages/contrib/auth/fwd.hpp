// Forward declarations of nuages::auth.
#pragma once

namespace nuages::contrib::auth {
class AnyUser;
}

namespace nuages {
namespace auth = contrib::auth;
}

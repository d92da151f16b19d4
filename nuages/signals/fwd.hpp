// Forward declarations of nuages::signals names.
#pragma once

namespace nuages::signals {

template <class... Arguments> class Signal;
class Connection;

}  // namespace nuages::signals

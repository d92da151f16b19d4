#include <nuages/db/signals.hpp>

namespace nuages::db::signals {

nuages::signals::Signal<const ConnectionCreated&>& connection_created() {
    static auto* signal = new nuages::signals::Signal<const ConnectionCreated&>;
    return *signal;
}

}  // namespace nuages::db::signals

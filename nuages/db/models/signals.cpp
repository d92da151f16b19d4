#include <nuages/db/models/signals.hpp>

namespace nuages::db::models::signals {

// Made on first use and never destroyed: receivers may be connected before main() and run until the very end.
template <class Event> using SignalOf = nuages::signals::Signal<const Event&>;

SignalOf<Save>& pre_save() {
    static auto* signal = new SignalOf<Save>;
    return *signal;
}
SignalOf<Save>& post_save() {
    static auto* signal = new SignalOf<Save>;
    return *signal;
}
SignalOf<Delete>& pre_delete() {
    static auto* signal = new SignalOf<Delete>;
    return *signal;
}
SignalOf<Delete>& post_delete() {
    static auto* signal = new SignalOf<Delete>;
    return *signal;
}
SignalOf<M2mChanged>& m2m_changed() {
    static auto* signal = new SignalOf<M2mChanged>;
    return *signal;
}
SignalOf<Init>& pre_init() {
    static auto* signal = new SignalOf<Init>;
    return *signal;
}
nuages::signals::Signal<const ModelMeta&>& class_prepared() {
    static auto* signal = new nuages::signals::Signal<const ModelMeta&>;
    return *signal;
}
SignalOf<Init>& post_init() {
    static auto* signal = new SignalOf<Init>;
    return *signal;
}

}  // namespace nuages::db::models::signals

// expect: wrong_receiver_of<signal_kinds::m2m_changed, takes<const signals::M2mChanged&>, may_take<>
// expect-clang: wrong_receiver_of<signal_kinds::m2m_changed, takes<const signals::M2mChanged &>, may_take<>>
#include <nuages/db/models/model_signals.hpp>

#include "../contract/blog/models.hpp"

using namespace blog;

auto wrong() { return nuages::m2m_changed<&Article::tags>().connect([](Article&) {}); }

// expect: wrong_receiver_of<signal_kinds::pre_save, takes<blog::Article&>, may_take<const signals::Save&>
// expect-clang: wrong_receiver_of<signal_kinds::pre_save, takes<blog::Article &>, may_take<const signals::Save &>>
#include <nuages/db/models/model_signals.hpp>

#include "../contract/blog/models.hpp"

using namespace blog;

auto wrong() { return nuages::pre_save<Article>().connect([](Article&, bool) {}); }

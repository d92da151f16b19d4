// expect: wrong_receiver_of<signal_kinds::post_save, takes<blog::Article&>, may_take<bool, const signals::Save&>
// expect-clang: wrong_receiver_of<signal_kinds::post_save, takes<blog::Article &>, may_take<bool, const signals::Save &>>
#include <nuages/db/models/model_signals.hpp>

#include "../contract/blog/models.hpp"

using namespace blog;

auto wrong() { return nuages::post_save<Article>().connect([](Author&, bool) {}); }

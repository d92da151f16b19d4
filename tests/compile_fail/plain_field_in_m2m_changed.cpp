// expect: no_many_to_many_field<&blog::Article::title
#include <nuages/db/models/model_signals.hpp>

#include "../contract/blog/models.hpp"

using namespace blog;

auto wrong() { return nuages::m2m_changed<&Article::title>(); }

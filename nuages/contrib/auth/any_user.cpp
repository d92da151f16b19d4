#include <nuages/contrib/auth/any_user.hpp>

namespace nuages::contrib::auth {

const db::models::ModelMeta& get_user_model() { return AnyUser::model_meta(); }

}  // namespace nuages::contrib::auth

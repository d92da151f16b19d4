// AnyUser: the site's user, whatever its model (settings.AUTH_USER_MODEL and get_user_model() of Django).
//
//     struct Article : models::Model<Article> {
//         ForeignKey<auth::AnyUser> author {{.on_delete = CASCADE}};
//         ...
//     };
//     article.author->get("username")            article.author->as<accounts::User>().email
#pragma once

#include <nuages/contrib/auth/fwd.hpp>
#include <nuages/db/models/swappable.hpp>

namespace nuages::contrib::auth {

/// Refers to an object of the model that `.auth_user_model = models::ref<accounts::User>` names in the settings. For code that
/// does not know the site; a site's own models may as well say ForeignKey<accounts::User>.
class AnyUser : public db::models::Swappable<AnyUser, "AUTH_USER_MODEL", "auth.User"> {
public:
    using Swappable::Swappable;
};

/// The site's user model. ImproperlyConfigured where it has none.
const db::models::ModelMeta& get_user_model();

}  // namespace nuages::contrib::auth

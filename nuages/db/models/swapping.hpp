// Models that a site may put another one in the place of (Django's Meta.swappable): which one a setting names.
//
// The model that stands there by default says `.swappable = "AUTH_USER_MODEL"` in its Meta; the site says
// `.auth_user_model = models::ref<accounts::User>` in its Settings. Relations to whatever model it is lead to a class that
// derives from Swappable (swappable.hpp).
#pragma once

#include <nuages/db/models/fwd.hpp>
#include <nuages/db/models/model_slot.hpp>

#include <string_view>

namespace nuages::db::models {

/// From now on SETTING names MODEL; an empty one: nothing, so that the default stands. Start-up work: before the first query.
void set_swappable(std::string_view setting, ModelRef model);
/// The model that SETTING names, else the one whose Meta says that it is the default there; null where neither is.
const ModelMeta* find_swapped_in(std::string_view setting);
/// The same. ImproperlyConfigured, in Django's words with the default's label, where there is none.
const ModelMeta& swapped_in(std::string_view setting, std::string_view default_label);
/// The model that stands in the place of this one; null: none, so it may be used.
const ModelMeta* swapped_for(const ModelMeta& meta);
/// Throws "Manager isn't available; 'auth.User' has been swapped for 'accounts.User'" for a model that may not be used.
void refuse_swapped(const ModelMeta& meta);

namespace detail {
/// As swapped_in(), and SLOT remembers it until a setting changes.
const ModelMeta& remember_swapped_in(ModelSlot& slot, std::string_view setting, std::string_view default_label);
}  // namespace detail

}  // namespace nuages::db::models

// An app that knows no site, and a site with a user model of its own: the design's AnyUser.
#include <nuages/contrib/auth/any_user.hpp>
#include <nuages/models.hpp>
#include <nuages/site.hpp>
#include <nuages/test.hpp>

#include <gtest/gtest.h>

namespace accounts {
namespace models = nuages::models;

struct User : models::Model<User> {
    BigAutoField  id;
    CharField     username  {{.max_length = 150, .unique = true}};
    EmailField    email;
    BooleanField  is_active {{.default_ = true}};

    std::string str() const { return username; }
};
const nuages::App app {.name = "accounts", .models = models::list<User>()};
}  // namespace accounts

namespace profiles {
namespace models = nuages::models;
namespace auth = nuages::auth;

struct Profile : models::Model<Profile> {
    BigAutoField                    id;
    OneToOneField<auth::AnyUser>    user {{.on_delete = CASCADE}};
    TextField                       about;
};
const nuages::App app {
    .name   = "profiles",
    .models = models::list<Profile>(),
    .ready  = [](nuages::Registry& registry) {
        nuages::post_save<auth::AnyUser>(registry).connect([](auth::AnyUser& user, bool created) {
            if (created) Profile::objects.create({.user = user, .about = "new here"});
        });
    },
};
}  // namespace profiles

using namespace nuages;

namespace {

using accounts::User;
using profiles::Profile;
using namespace nuages::literals;

Settings settings() {
    return {
        .secret_key      = "only for this test",
        .installed_apps  = {&accounts::app, &profiles::app},
        .databases       = {{"default", conf::DatabaseUrl{.engine = "sqlite", .name = ":memory:"}}},
        .auth_user_model = models::ref<accounts::User>,
    };
}

struct Users : test::TestCase {};

TEST_F(Users, ALibrarysProfileBelongsToTheSitesUser) {
    const User ada = User::objects.create({.username = "ada", .email = "ada@example.org"});
    Profile made = Profile::objects.get("user"_f = ada);  // by the app's receiver, which knows no site
    EXPECT_EQ(made.user->get("email"), "ada@example.org");
    made.about = "Engines";
    made.save();

    const Profile profile = Profile::objects.select_related("user").get("user__username"_f = "ada");
    EXPECT_EQ(profile.user->as<User>().username, "ada");
    EXPECT_EQ(*profile.user, ada);
    EXPECT_EQ(auth::AnyUser::objects.filter("is_active"_f = true, "profile__about__contains"_f = "Eng").get(), ada);
}

}  // namespace

int main(int argc, char** argv) { return test::run_tests(argc, argv, settings); }

// The user model of a site: what its settings choose, what apps that know no site see of it.
#include <nuages/contrib/auth/any_user.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/models.hpp>
#include <nuages/site/model_signals.hpp>
#include <nuages/site/settings.hpp>
#include <nuages/site/site.hpp>
#include <nuages/test.hpp>

#include <gtest/gtest.h>

namespace notes {  // an app that may stand in any site

namespace models = nuages::models;
namespace auth = nuages::auth;

struct Note : models::Model<Note> {
    BigAutoField id;
    ForeignKey<auth::AnyUser> author{{.on_delete = CASCADE}};
    TextField text;
};
const nuages::App app{.name = "notes", .models = models::list<Note>()};

}  // namespace notes

namespace accounts {

namespace models = nuages::models;

struct User : models::Model<User> {
    BigAutoField id;
    EmailField email{{.unique = true}};
    Reverse<notes::Note, "author"> notes;
    std::string str() const { return email; }
};
const nuages::App app{.name = "accounts", .models = models::list<User>()};

}  // namespace accounts

namespace nuages {
namespace {

using namespace nuages::literals;

Settings settings() {
    return {.secret_key = "a key of the tests",
            .installed_apps = {&accounts::app, &notes::app},
            .databases = {{"default", conf::DatabaseUrl{.engine = "sqlite", .name = ":memory:"}}},
            .auth_user_model = models::ref<accounts::User>};
}

std::string first_error(const site::Site& site) {
    const auto found = checks::run_checks(site.checks(), {.tags = {"models"}});
    return found.empty() ? "none" : found.front().str();
}

TEST(AnyUserOfASite, IsWhatTheSettingsName) {
    const site::Site site(settings());
    EXPECT_EQ(auth::get_user_model().label(), "accounts.User");
    EXPECT_EQ(&models::meta_of<notes::Note>().field("author").target(), &auth::get_user_model());
    EXPECT_EQ(first_error(site), "none");
}

TEST(AnyUserOfASite, IsAnErrorOfTheChecksWhereNobodyNamesIt) {
    Settings without = settings();
    without.auth_user_model = {};
    const site::Site site(std::move(without));
    EXPECT_EQ(first_error(site),
              "notes.Note.author: (fields.E300) Field defines a relation with the model that AUTH_USER_MODEL names, which is not "
              "installed.\n\tHINT: Name a model in the settings: .auth_user_model = models::ref<...>.");
    try {
        (void)auth::get_user_model();
        FAIL();
    } catch (const ImproperlyConfigured& error) {
        EXPECT_TRUE(error.message().starts_with("AUTH_USER_MODEL refers to model 'auth.User' that has not been installed"));
    }
}

TEST(AnyUserOfASite, IsASenderOfSignalsInReadyHooks) {
    const App profiles{.name = "profiles", .ready = [](Registry& registry) {
                           post_save<auth::AnyUser>(registry).connect([](auth::AnyUser&, bool) {}, {.dispatch_uid = "profiles"});
                       }};
    Settings with = settings();
    with.installed_apps.push_back(&profiles);
    const site::Site site(std::move(with));
    EXPECT_TRUE(post_save<accounts::User>().has_listeners());
    EXPECT_TRUE(post_save<auth::AnyUser>().disconnect("profiles"));
    EXPECT_FALSE(post_save<accounts::User>().has_listeners());
}

TEST(AnyUserOfASite, MustBelongToAnInstalledApp) {
    Settings without = settings();
    without.installed_apps = {&notes::app};
    try {
        const site::Site site(std::move(without));
        FAIL();
    } catch (const ImproperlyConfigured& error) {
        EXPECT_EQ(error.message(),
                  "AUTH_USER_MODEL refers to model 'accounts.User' that has not been installed: put its app into INSTALLED_APPS.");
    }
}

}  // namespace
}  // namespace nuages

// Signals of models in a ready hook, with the registry.
#include <nuages/models.hpp>
#include <nuages/site.hpp>
#include <nuages/site/registry.hpp>

#include <gtest/gtest.h>

namespace garden {

namespace models = nuages::models;

struct Bed : models::Model<Bed> {
    BigAutoField id;
};
struct Plant : models::Model<Plant> {
    BigAutoField id;
    ManyToManyField<Bed> beds;
};
/// Of an app that is in the program, and not in every site.
struct Tool : models::Model<Tool> {
    BigAutoField id;
};

const nuages::App tools{.name = "tools", .models = models::list<Tool>()};

}  // namespace garden

namespace {

using namespace nuages;
using namespace garden;

TEST(SignalsOfModels, AreConnectedInAReadyHook) {
    static nuages::signals::Connection saved, changed;
    const App app{
        .name = "garden",
        .models = models::list<Bed, Plant>(),
        .ready =
            [](Registry& registry) {
                saved = post_save<Bed>(registry).connect([](Bed&, bool) {});
                changed = m2m_changed<&Plant::beds>(registry).connect([](const models::signals::M2mChanged&) {});
                pre_save<Bed>(registry).connect([](Bed&) {}, {.dispatch_uid = "garden"});
                pre_delete<Plant>(registry).connect([](Plant&) {}, {.dispatch_uid = "garden"});
                post_delete<Plant>().connect([](Plant&) {}, {.dispatch_uid = "garden"});
            },
    };
    const App* const apps[] = {&app};
    Registry registry(apps);
    registry.run_ready_hooks();
    EXPECT_TRUE(m2m_changed<&Plant::beds>().has_listeners());
    EXPECT_TRUE(post_save<Bed>().disconnect(saved));
    EXPECT_TRUE(m2m_changed<&Plant::beds>(registry).disconnect(changed));
    EXPECT_TRUE(pre_save<Bed>().disconnect("garden"));
    EXPECT_TRUE(pre_delete<Plant>().disconnect("garden"));
    EXPECT_TRUE(post_delete<Plant>(registry).disconnect("garden"));
    EXPECT_FALSE(pre_delete<Plant>().has_listeners());
}

TEST(SignalsOfModels, OfAnAppThatIsNotInstalledAreRefusedWithTheRegistry) {
    const App app{.name = "garden", .models = models::list<Bed, Plant>()};
    const App* const apps[] = {&app};
    const Registry registry(apps);
    try {
        post_save<Tool>(registry);
        FAIL() << "accepted";
    } catch (const ImproperlyConfigured& error) {
        EXPECT_NE(std::string(error.what()).find("Tool is listened to, and no installed app has that model."), std::string::npos)
            << error.what();
    }
    const auto connected = post_save<Tool>().connect([](Tool&) {});
    EXPECT_TRUE(post_save<Tool>().disconnect(connected));
}

}  // namespace

// What receivers of one model's signals are told: typed, of their own model only.
#include <nuages/db/backends/testing.hpp>
#include <nuages/db/models/model_signals.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

namespace reading_room {

namespace models = nuages::models;
using namespace nuages::literals;

struct Shelf : models::Model<Shelf> {
    BigAutoField id;
    CharField name{{.max_length = 20}};
    Reverse<struct Volume, "shelf"> volumes;
    Reverse<struct Volume, "seen_on"> seen;
};

struct Loan;

struct Volume : models::Model<Volume> {
    BigAutoField id;
    CharField title{{.max_length = 40}};
    ForeignKey<Shelf> shelf{{.on_delete = CASCADE}};
    ManyToManyField<Shelf, "seen_on"> seen_on;
    ManyToManyField<Shelf, "lent_to"> lent_to{{.through = models::through<Loan>}};
};

struct Loan : models::Model<Loan> {
    BigAutoField id;
    ForeignKey<Volume> volume{{.on_delete = CASCADE, .related_name = "+"}};
    ForeignKey<Shelf> shelf{{.on_delete = CASCADE, .related_name = "+"}};
};

}  // namespace reading_room

namespace nuages::db::models {
namespace {

using namespace reading_room;

class ModelSignals : public ::testing::Test {
protected:
    void on_database(FunctionRef<void()> run) {
        db::testing::with_database([&] {
            std::vector<const ModelMeta*> metas;
            for (auto meta : nuages::models::list<Shelf, Volume, Loan>()) metas.push_back(&meta());
            schema::create_tables(connection(), metas);
            run();
        });
    }
    std::string heard;
};

TEST_F(ModelSignals, TellOfSavedObjectsAndWhetherTheyAreNew) {
    on_database([&] {
        const auto connected = nuages::post_save<Shelf>().connect(
            [&](Shelf& shelf, bool created) { heard += (created ? "new " : "old ") + std::string(shelf.name) + ", "; });
        Shelf shelf{.name = "A"};
        shelf.save();
        shelf.name = "B";
        shelf.save();
        Volume{.title = "of another model", .shelf = shelf}.save();
        EXPECT_TRUE(nuages::post_save<Shelf>().disconnect(connected));
        EXPECT_FALSE(nuages::post_save<Shelf>().disconnect(connected));
        shelf.save();
        EXPECT_EQ(heard, "new A, old B, ");
    });
}

TEST_F(ModelSignals, AReceiverBeforeSavingMayChangeTheObject) {
    on_database([&] {
        const auto connected = nuages::pre_save<Shelf>().connect([](Shelf& shelf) { shelf.name = "<" + shelf.name + ">"; });
        Shelf shelf{.name = "A"};
        shelf.save();
        nuages::pre_save<Shelf>().disconnect(connected);
        EXPECT_EQ(Shelf::objects.get("id"_f = shelf.id).name, "<A>");
    });
}

TEST_F(ModelSignals, GiveTheEventToThoseWhoAskForIt) {
    on_database([&] {
        const auto before = nuages::pre_save<Shelf>().connect([&](const Shelf&, const signals::Save& event) {
            heard += std::string(event.using_) + (event.raw ? " raw" : "") + ", ";
        });
        const auto after = nuages::post_save<Shelf>().connect([&](Shelf&, bool created, const signals::Save& event) {
            heard += created ? "new, " : "names " + std::to_string(event.update_fields.size()) + ", ";
        });
        const auto also = nuages::post_save<Shelf>().connect([&](Shelf& shelf, const signals::Save& event) {
            heard += &shelf == event.object ? "same, " : "another, ";
        });
        Shelf shelf{.name = "A"};
        shelf.save();
        shelf.save({.update_fields = {"name"}});
        Shelf loaded{.name = "from a fixture"};
        save(meta_of<Shelf>(), &loaded, {.update_fields = {}, .raw = true});
        nuages::pre_save<Shelf>().disconnect(before);
        nuages::post_save<Shelf>().disconnect(after);
        nuages::post_save<Shelf>().disconnect(also);
        EXPECT_EQ(heard, "default, new, same, default, names 1, same, default raw, new, same, ");
    });
}

TEST_F(ModelSignals, TellOfObjectsThatGoWithTheirOwner) {
    on_database([&] {
        Shelf shelf = Shelf::objects.create({.name = "A"});
        Volume::objects.create({.title = "one", .shelf = shelf});
        Volume::objects.create({.title = "two", .shelf = shelf});
        const auto before = nuages::pre_delete<Volume>().connect([&](Volume& volume) { heard += "before " + volume.title + ", "; });
        const auto after = nuages::post_delete<Volume>().connect([&](Volume& volume, const signals::Delete& event) {
            heard += std::string(event.origin == &shelf ? "with the shelf " : "alone ") + volume.title + ", ";
        });
        shelf.delete_();
        nuages::pre_delete<Volume>().disconnect(before);
        nuages::post_delete<Volume>().disconnect(after);
        EXPECT_EQ(heard, "before one, before two, with the shelf one, with the shelf two, ");
    });
}

TEST_F(ModelSignals, AUidConnectsOncePerModel) {
    on_database([&] {
        for (int i = 0; i < 2; ++i) {
            nuages::post_save<Shelf>().connect([&](Shelf&) { heard += "shelf, "; }, {.dispatch_uid = "count"});
            nuages::post_save<Volume>().connect([&](Volume&) { heard += "volume, "; }, {.dispatch_uid = "count"});
        }
        Shelf shelf = Shelf::objects.create({.name = "A"});
        EXPECT_TRUE(nuages::post_save<Shelf>().disconnect("count"));
        EXPECT_FALSE(nuages::post_save<Shelf>().has_listeners());
        shelf.save();
        Volume::objects.create({.title = "one", .shelf = shelf});
        EXPECT_TRUE(nuages::post_save<Volume>().disconnect("count"));
        EXPECT_EQ(heard, "shelf, volume, ");
    });
}

void on_any_shelf(Shelf& shelf) { shelf.name = "by a function"; }

TEST_F(ModelSignals, ReceiversMayBeFunctions) {
    on_database([] {
        const auto connected = nuages::pre_save<Shelf>().connect(on_any_shelf);
        EXPECT_EQ(Shelf::objects.create({.name = "A"}).name, "by a function");
        nuages::pre_save<Shelf>().disconnect(connected);
    });
}

TEST_F(ModelSignals, TellOfOneTableBetweenTwoModels) {
    on_database([&] {
        using Event = signals::M2mChanged;
        const auto receiver = [&](const Event& event) {
            if (event.action != Event::Action::post_add) return;
            if (const Volume* volume = object_of<Volume>(event)) heard += "to " + volume->title;
            if (const Shelf* shelf = object_of<Shelf>(event)) heard += "to shelf " + shelf->name;
            heard += " " + std::to_string(event.keys.size()) + ", ";
        };
        const auto seen = nuages::m2m_changed<&Volume::seen_on>().connect(receiver, {.dispatch_uid = "seen"});
        const auto lent = nuages::m2m_changed<Loan>().connect(receiver);
        Shelf a = Shelf::objects.create({.name = "A"}), b = Shelf::objects.create({.name = "B"});
        Volume volume = Volume::objects.create({.title = "one", .shelf = a});
        volume.seen_on.add(a, b);
        volume.lent_to.add(b);
        Volume other = Volume::objects.create({.title = "two", .shelf = a});
        a.seen.add(other);
        EXPECT_TRUE(nuages::m2m_changed<&Volume::lent_to>().has_listeners());
        EXPECT_TRUE(nuages::m2m_changed<&Volume::seen_on>().disconnect("seen"));
        EXPECT_TRUE(nuages::m2m_changed<&Volume::lent_to>().disconnect(lent));
        volume.seen_on.remove(a);
        volume.seen_on.add(a);
        EXPECT_EQ(heard, "to one 2, to one 1, to shelf A 1, ");
        EXPECT_FALSE(nuages::m2m_changed<&Volume::seen_on>().disconnect(seen));
    });
}

struct Unlisted : models::Model<Unlisted> {
    BigAutoField id;
};

TEST_F(ModelSignals, AreRefusedForAModelThatNoAppLists) {
    EXPECT_THROW(nuages::post_save<Unlisted>().connect([](Unlisted&) {}), ImproperlyConfigured);
}

/// What a class that refers to objects of another one gives its receivers.
struct AnyVolume {
    const Volume* volume;
    std::string title() const { return volume->title; }
};

}  // namespace

template <> struct SignalObject<AnyVolume> {
    static const ModelMeta& sender() { return detail::loaded_meta<Volume>(); }
    static AnyVolume object(const ModelMeta&, void* object) { return {static_cast<const Volume*>(object)}; }
};

namespace {

TEST_F(ModelSignals, AHandleMayStandForTheModel) {
    on_database([&] {
        const auto connected = nuages::post_save<AnyVolume>().connect(
            [&](AnyVolume& volume, bool created) { heard += volume.title() + (created ? " is new" : ""); });
        Volume::objects.create({.title = "one", .shelf = Shelf::objects.create({.name = "A"})});
        nuages::post_save<AnyVolume>().disconnect(connected);
        EXPECT_EQ(heard, "one is new");
    });
}

}  // namespace
}  // namespace nuages::db::models

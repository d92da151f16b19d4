// Relations to a model that the site chooses: what a library writes, with the models of a site behind it.
#include <nuages/db/backends/testing.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/model_signals.hpp>
#include <nuages/db/models/model_value.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/models/swappable.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/models.hpp>
#include <nuages/utils/value.hpp>

#include <gtest/gtest.h>

#include <unordered_set>

namespace library {  // knows no site

namespace models = nuages::models;
using namespace nuages::literals;

struct AnyMember : models::Swappable<AnyMember, "MEMBER_MODEL", "library.Member"> {
    using Swappable::Swappable;
};

struct Member : models::Model<Member> {  // what stands there where a site chooses nothing
    BigAutoField id;
    CharField name{{.max_length = 30}};
    static models::Meta<Member> meta() { return {.swappable = "MEMBER_MODEL"}; }
};

struct Loan : models::Model<Loan> {
    BigAutoField id;
    CharField book{{.max_length = 40}};
    ForeignKey<AnyMember> member{{.on_delete = CASCADE}};
    Nullable<ForeignKey<AnyMember>> guarantor{{.on_delete = SET_NULL, .related_name = "guaranteed"}};
    ManyToManyField<AnyMember> waiting{{.related_name = "waits_for"}};

    static models::Meta<Loan> meta() { return {.ordering = {"member__name", "book"}, .unique_together = {{"member", "book"}}}; }
    std::string str() const { return book; }
};

}  // namespace library

namespace town {  // a site

namespace models = nuages::models;
using namespace nuages::literals;

struct Citizen : models::Model<Citizen> {
    BigAutoField id;
    CharField name{{.max_length = 30}};
    DateField born;
    BooleanField active{{.default_ = true}};
    Reverse<library::Loan, "member"> loans;

    std::string str() const { return name; }
    static models::Meta<Citizen> meta() { return {.ordering = {"name"}}; }
    inline static int saved = 0;
    void save(models::SaveOptions options = {}) {
        ++saved;
        Model::save(options);
    }
};

struct Guest : models::Model<Guest> {  // with another kind of key
    UUIDField id{{.primary_key = true}};
    CharField name{{.max_length = 30}};
};

}  // namespace town

namespace nuages::db::models {
namespace {

using namespace library;
using namespace town;
using namespace nuages::literals;

class SwappableModels : public ::testing::Test {
protected:
    void TearDown() override { set_swappable("MEMBER_MODEL", {}); }
    void on_database(FunctionRef<void()> run) {
        db::testing::with_database([&] {
            std::vector<const ModelMeta*> metas;
            for (auto meta : nuages::models::list<Citizen, Guest, Member, Loan>()) metas.push_back(&meta());
            schema::create_tables(connection(), metas);
            run();
        });
    }
    void on_town(FunctionRef<void()> run) {
        set_swappable("MEMBER_MODEL", ref<Citizen>);
        on_database(run);
    }
    template <class E> static std::string refused(FunctionRef<void()> run) {
        try {
            run();
        } catch (const E& error) {
            return error.what();
        }
        return "nothing was thrown";
    }
    static Date day(int year) { return Date::from_ymd(year, 1, 1); }
};

TEST_F(SwappableModels, AForeignKeyLeadsToTheModelOfTheSite) {
    on_town([] {
        Citizen ada = Citizen::objects.create({.name = "Ada", .born = day(1815)});
        Loan loan = Loan::objects.create({.book = "Sketches", .member = ada});
        EXPECT_EQ(&meta_of<Loan>().field("member").target(), &meta_of<Citizen>());

        const Loan found = Loan::objects.get("book"_f = "Sketches");
        EXPECT_EQ(found.member.pk(), ada.pk());
        EXPECT_EQ(found.member->get("name"), "Ada");
        EXPECT_EQ(found.member->as<Citizen>().born, day(1815));
        EXPECT_TRUE(found.member->is<Citizen>());
        EXPECT_EQ(found.member->str(), "Ada");
        EXPECT_EQ(*found.member, AnyMember(ada));
        EXPECT_FALSE(found.guarantor);

        const AnyMember member = *found.member;
        loan.guarantor = member;
        loan.save();
        EXPECT_EQ(Loan::objects.get("guarantor"_f = member), loan);
        EXPECT_EQ(Loan::objects.filter("guarantor"_f = ada).count(), 1);
        EXPECT_EQ(Loan::objects.filter("guarantor"_f = ada.id).count(), 1);
        EXPECT_EQ(Loan::objects.filter("member__in"_f = Citizen::objects.all()).count(), 1);
        EXPECT_EQ(Loan::objects.filter("member__in"_f = AnyMember::objects.all()).count(), 1);
    });
}

TEST_F(SwappableModels, SignalsTellOfObjectsOfTheModelOfTheSite) {
    on_town([] {
        std::string heard;
        const auto saved = nuages::post_save<AnyMember>().connect([&](AnyMember& member, bool created) {
            heard += member.get("name").text() + (created ? " came, " : " changed, ");
            if (created) Loan::objects.create({.book = "A first one", .member = member});
        });
        const auto deleted = nuages::pre_delete<AnyMember>().connect(
            [&](AnyMember& member) { heard += member.as<Citizen>().name + " goes with " + std::to_string(Loan::objects.count()); });
        Citizen ada = Citizen::objects.create({.name = "Ada", .born = day(1815)});
        EXPECT_EQ(ada.loans.count(), 1);
        ada.save();
        ada.delete_();
        EXPECT_TRUE(nuages::post_save<Citizen>().disconnect(saved));
        EXPECT_TRUE(nuages::pre_delete<AnyMember>().disconnect(deleted));
        EXPECT_EQ(heard, "Ada came, Ada changed, Ada goes with 1");
    });
}

TEST_F(SwappableModels, NamesBehindItAreLookedUpWhenTheQueryRuns) {
    on_town([] {
        const Citizen ada = Citizen::objects.create({.name = "Ada", .born = day(1815)});
        const Citizen bob = Citizen::objects.create({.name = "Bob", .born = day(1990)});
        Loan::objects.create({.book = "Two", .member = bob});
        Loan::objects.create({.book = "One", .member = ada, .guarantor = bob});

        EXPECT_EQ(Loan::objects.get("member__born__year__lt"_f = 1900).book, "One");
        EXPECT_EQ(Loan::objects.get("member__active"_f = true, "guarantor__name__icontains"_f = "BO").book, "One");
        EXPECT_EQ(Loan::objects.first()->book, "One");  // Meta.ordering goes through it
        EXPECT_EQ(Loan::objects.order_by("-member__born").first()->book, "Two");

        const auto rows = Loan::objects.values_list("book"_f, "member__name"_f, "member__born"_f, "guarantor__born"_f).list();
        ASSERT_EQ(rows.size(), 2u);
        EXPECT_EQ(std::get<1>(rows[0]), "Ada");
        EXPECT_EQ(std::get<2>(rows[0]), Literal(day(1815)));  // SQLite has no dates: the field knows that it is one
        EXPECT_TRUE(std::get<3>(rows[1]).is_null());
        EXPECT_EQ(Loan::objects.values_flat("member__active"_f).first(), Literal(true));
        EXPECT_EQ(Loan::objects.aggregate("last"_f = Max("member__born"_f))["last"_f], Literal(day(1990)));
        EXPECT_EQ(Loan::objects.annotate("who"_f = "member__name"_f).get("who"_f = "Ada")["who"_f], "Ada");

        EXPECT_EQ(refused<FieldError>([] { (void)Loan::objects.filter("member__nam"_f = "x").count(); }),
                  "Unsupported lookup 'nam' for ForeignKey or join on the field not permitted.");
        EXPECT_EQ(refused<FieldDoesNotExist>([&] { (void)AnyMember(ada)["nam"_f]; }), "Citizen has no field named 'nam'");
    });
}

TEST_F(SwappableModels, ObjectsAreFetchedForAllPeersOrSelectedAtOnce) {
    on_town([] {
        for (const char* name : {"Ada", "Bob", "Cleo"}) {
            const Citizen citizen = Citizen::objects.create({.name = name, .born = day(1990)});
            Loan::objects.create({.book = std::string("of ") + name, .member = citizen});
        }
        const auto names = [](const auto& loans) {
            std::string all;
            for (const Loan& loan : loans) all += loan.member->get("name").text() + " ";
            return all;
        };
        {
            const StatsScope queries;
            EXPECT_EQ(names(Loan::objects.all()), "Ada Bob Cleo ");
            EXPECT_EQ(queries.stats().count, 2);
        }
        {
            const StatsScope queries;
            EXPECT_EQ(names(Loan::objects.select_related("member")), "Ada Bob Cleo ");
            EXPECT_EQ(queries.stats().count, 1);
        }
    });
}

TEST_F(SwappableModels, TheOtherSideIsTheSitesOwn) {
    on_town([] {
        const Citizen ada = Citizen::objects.create({.name = "Ada", .born = day(1815)});
        const Loan loan = ada.loans.create({.book = "Sketches"});
        EXPECT_EQ(*loan.member, ada);
        EXPECT_EQ(ada.loans.filter("book"_f = "Sketches").count(), 1);
        EXPECT_EQ(Citizen::objects.filter("loans__book__startswith"_f = "Sk").get(), ada);
        EXPECT_EQ(ada.loans.get_or_create("book"_f = "Notes").second, true);
        EXPECT_EQ(Citizen::objects.prefetch_related("loans").first()->loans.all().size(), 2u);
        Citizen::objects.filter("name"_f = "Ada").delete_();  // the library's rows go with it
        EXPECT_EQ(Loan::objects.count(), 0);
    });
}

TEST_F(SwappableModels, AreRelatedToMany) {
    on_town([] {
        const Citizen ada = Citizen::objects.create({.name = "Ada", .born = day(1815)});
        const Citizen bob = Citizen::objects.create({.name = "Bob", .born = day(1990)});
        const Loan loan = Loan::objects.create({.book = "Sketches", .member = ada});
        loan.waiting.add(bob, AnyMember(ada));
        std::string names;
        for (const AnyMember member : loan.waiting.all()) names += member["name"_f].text() + " ";
        EXPECT_EQ(names, "Ada Bob ");
        EXPECT_EQ(loan.waiting.filter("name"_f = "Bob").get(), bob);
        EXPECT_EQ(Loan::objects.filter("waiting__name"_f = "Bob").count(), 1);
        const Loan prefetched = Loan::objects.prefetch_related("waiting").get();
        {
            const StatsScope queries;
            EXPECT_EQ(prefetched.waiting.all().list().size(), 2u);
            EXPECT_EQ(queries.stats().count, 0);
        }
        loan.waiting.remove(bob);
        EXPECT_EQ(loan.waiting.count(), 1);
        loan.waiting.set(std::vector<AnyMember>{AnyMember(bob)});
        EXPECT_EQ(loan.waiting.first(), AnyMember(bob));
        EXPECT_EQ(refused<ValueError>([&] { loan.waiting.add(Citizen{.name = "New"}); }).substr(0, 21), "Cannot add \"<Citizen:");
    });
}

TEST_F(SwappableModels, HaveAManager) {
    on_town([] {
        AnyMember ada = AnyMember::objects.create("name"_f = "Ada", "born"_f = day(1815));
        EXPECT_EQ(ada["active"_f], Literal(true));  // the default
        Citizen::saved = 0;
        ada.set("name", "Ada L.");
        ada.save();
        EXPECT_EQ(Citizen::saved, 1);  // the site's own save()
        EXPECT_EQ(Citizen::objects.get().name, "Ada L.");
        AnyMember::objects.create("name"_f = "Bob", "born"_f = "1990-01-01");
        std::unordered_set<AnyMember> set;
        for (const AnyMember member : AnyMember::objects.filter("active"_f = true).order_by("-name")) set.insert(member);
        EXPECT_EQ(set.size(), 2u);
        EXPECT_TRUE(set.contains(ada));
        EXPECT_EQ(AnyMember::objects.exclude("pk"_f = ada).get().str(), "Bob");
        EXPECT_EQ(AnyMember::objects.filter("name"_f = "Bob").update("active"_f = false), 1);
        EXPECT_EQ(AnyMember::objects.values_list("name"_f, "active"_f).list()[1], std::tuple(Literal("Bob"), Literal(false)));
        EXPECT_FALSE(AnyMember::objects.filter("name"_f = "Cleo").first());
        EXPECT_THROW((void)AnyMember::objects.get("name"_f = "Cleo"), AnyMember::DoesNotExist);
        EXPECT_THROW((void)AnyMember::objects.get("pk__gt"_f = 0), AnyMember::MultipleObjectsReturned);
        EXPECT_EQ(refused<FieldDoesNotExist>([] { AnyMember::objects.create("nam"_f = "x"); }), "Citizen has no field named 'nam'");
        ada.delete_();
        EXPECT_EQ(AnyMember::objects.count(), 1);
    });
}

TEST_F(SwappableModels, AnObjectOfAnotherModelIsRefused) {
    on_town([] {
        EXPECT_EQ(refused<ValueError>([] { (void)Loan{.book = "x", .member = Member{.id = 3, .name = "Ada"}}; }),
                  "Cannot assign \"<Member: Member object (3)>\": it must be a \"Citizen\" instance.");
        const Citizen ada = Citizen::objects.create({.name = "Ada", .born = day(1815)});
        EXPECT_EQ(refused<TypeError>([&] { (void)AnyMember(ada).as<Member>(); }),
                  "The object is a town.Citizen, not a library.Member.");
    });
}

TEST_F(SwappableModels, AModelThatWasSwappedOutIsNotUsed) {
    on_town([] {
        EXPECT_EQ(refused<ImproperlyConfigured>([] { (void)Member::objects.count(); }),
                  "Manager isn't available; 'library.Member' has been swapped for 'town.Citizen'");
        EXPECT_FALSE(schema::can_migrate(connection(), meta_of<Member>()));
        EXPECT_TRUE(schema::can_migrate(connection(), meta_of<Citizen>()));
    });
}

TEST_F(SwappableModels, TheDefaultStandsWhereTheSiteChoosesNone) {
    on_database([] {
        const Member ada = Member::objects.create({.name = "Ada"});
        Loan::objects.create({.book = "Sketches", .member = ada});
        EXPECT_EQ(Loan::objects.get("member__name"_f = "Ada").member->as<Member>().name, "Ada");
        EXPECT_EQ(&AnyMember::model_meta(), &meta_of<Member>());
    });
}

TEST_F(SwappableModels, TheirKeysMayBeOfAnyKind) {
    set_swappable("MEMBER_MODEL", ref<Guest>);
    on_database([] {
        const Guest ada = Guest::objects.create({.id = Uuid::random(), .name = "Ada"});
        const Guest bob = Guest::objects.create({.id = Uuid::random(), .name = "Bob"});
        Loan::objects.create({.book = "One", .member = ada, .guarantor = bob});
        Loan::objects.create({.book = "Two", .member = bob});
        const Loan loan = Loan::objects.get("member"_f = ada);
        EXPECT_EQ(loan.member->as<Guest>().name, "Ada");
        EXPECT_EQ(loan.guarantor->get("name"), "Bob");
        EXPECT_EQ(Loan::objects.filter("member"_f = ada.id).count(), 1);
        std::string names;
        for (const Loan& each : Loan::objects.all()) names += each.member->get("name").text();
        EXPECT_EQ(names, "AdaBob");
    });
}

TEST_F(SwappableModels, TemplatesSeeTheObject) {
    on_town([] {
        const Citizen ada = Citizen::objects.create({.name = "Ada", .born = day(1815)});
        const Loan loan = Loan::objects.create({.book = "Sketches", .member = ada});
        EXPECT_EQ(to_value(loan).get("member").get("name").str(), "Ada");
        EXPECT_EQ(to_value(*loan.member).get("name").str(), "Ada");
        EXPECT_EQ(to_value(*loan.member).str(), "Ada");
    });
}

TEST(SwappableModelsWithout, AModelSaySo) {
    struct AnyRobot : Swappable<AnyRobot, "ROBOT_MODEL", "robots.Robot"> {
        using Swappable::Swappable;
    };
    EXPECT_EQ(find_swapped_in("ROBOT_MODEL"), nullptr);
    try {
        (void)AnyRobot::model_meta();
        FAIL();
    } catch (const ImproperlyConfigured& error) {
        EXPECT_EQ(error.message().substr(0, 74), "ROBOT_MODEL refers to model 'robots.Robot' that has not been installed: in");
    }
}

}  // namespace
}  // namespace nuages::db::models

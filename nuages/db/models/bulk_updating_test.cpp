// bulk_update() of typed objects: values of every kind in one statement, on both databases.
#include <nuages/db/backends/testing.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

#include <span>
#include <vector>

namespace storehouse {

namespace models = nuages::models;
using models::Bytes;
using models::Json;
using nuages::Decimal;
using nuages::Uuid;
using namespace nuages::literals;

struct Shelf : models::Model<Shelf> {
    UUIDField id{{.default_ = models::call<Uuid::random>, .primary_key = true}};
    CharField name{{.max_length = 10}};
};

struct Crate : models::Model<Crate> {
    BigAutoField id;
    SmallIntegerField count;
    Nullable<IntegerField> most;
    FloatField weight;
    BooleanField sealed;
    CharField label{{.max_length = 5}};
    Nullable<TextField> note;
    Nullable<DateField> packed;
    Nullable<TimeField> hour;
    Nullable<DateTimeField> sent;
    DurationField kept;
    DecimalField price{{.max_digits = 8, .decimal_places = 2}};
    BinaryField seal;
    JSONField extra{{.default_ = "{}"}};
    Nullable<UUIDField> token;
    Nullable<GenericIPAddressField> address;
    Nullable<ForeignKey<Shelf>> shelf{{.on_delete = models::DO_NOTHING}};
};

}  // namespace storehouse

namespace nuages::db::models {
namespace {

using storehouse::Crate, storehouse::Shelf;

class BulkUpdate : public ::testing::Test {
protected:
    void SetUp() override {
        if (const std::string reason = db::testing::missing_server(); !reason.empty()) GTEST_SKIP() << reason;
        storehouse::models::list<Shelf, Crate>();
    }
    template <class F> void with_crates(int count, F&& f) {
        db::testing::with_database([&] {
            schema::create_tables(connection(), std::vector<const ModelMeta*>{&meta_of<Shelf>(), &meta_of<Crate>()});
            for (int i = 1; i <= count; ++i) Crate{.count = static_cast<std::int16_t>(i), .label = "c"}.save();
            std::vector<Crate> crates = Crate::objects.order_by("id").list();
            f(crates);
        });
    }
};

TEST_F(BulkUpdate, WritesValuesOfEveryKind) {
    with_crates(3, [](std::vector<Crate>& crates) {
        Shelf shelf{.name = "top"};
        shelf.save();
        Crate& full = crates[0];
        full.count = -3;
        full.most = 2'000'000'000;
        full.weight = 1.5;
        full.sealed = true;
        full.label = "a'\\%";
        full.note = "";
        full.packed = Date::from_ymd(2024, 2, 29);
        full.hour = Time::from_hms(23, 59, 59);
        full.sent = DateTime::from_ymdhms(1999, 12, 31, 23, 59, 59);
        full.kept = Duration{-1'500'000};
        full.price = Decimal("12345.60");
        full.seal = Bytes(std::string_view("\0\xff", 2));
        full.extra = Json(R"({"a": [1, null, "x"]})");
        full.token = *Uuid::parse("0f0e0d0c-0b0a-0908-0706-050403020100");
        full.shelf = shelf;
        crates[2].label = "last";
        EXPECT_EQ(Crate::objects.bulk_update(std::span(crates), {"count", "most", "weight", "sealed", "label", "note", "packed", "hour", "sent",
                                                                 "kept", "price", "seal", "extra", "token", "shelf"}), 3);
        const std::vector<Crate> read = Crate::objects.order_by("id").list();
        EXPECT_EQ(read[0].count, -3);
        EXPECT_EQ(*read[0].most, 2'000'000'000);
        EXPECT_EQ(read[0].weight, 1.5);
        EXPECT_TRUE(read[0].sealed);
        EXPECT_EQ(read[0].label, "a'\\%");
        EXPECT_EQ(*read[0].note, "");
        EXPECT_EQ(*read[0].packed, Date::from_ymd(2024, 2, 29));
        EXPECT_EQ(*read[0].hour, Time::from_hms(23, 59, 59));
        EXPECT_EQ(*read[0].sent, DateTime::from_ymdhms(1999, 12, 31, 23, 59, 59));
        EXPECT_EQ(read[0].kept, Duration{-1'500'000});
        EXPECT_EQ(read[0].price.str(), "12345.60");
        EXPECT_EQ(read[0].seal, full.seal);
        EXPECT_EQ(read[0].extra, full.extra);
        EXPECT_EQ(*read[0].token, *full.token);
        EXPECT_EQ(read[0].shelf->name, "top");
        EXPECT_EQ(read[1].most, std::nullopt);
        EXPECT_EQ(read[1].note, std::nullopt);
        EXPECT_EQ(read[1].sent, std::nullopt);
        EXPECT_EQ(read[2].label, "last");
    });
}

TEST_F(BulkUpdate, WritesWhatIsRewrittenOnItsWay) {
    with_crates(2, [](std::vector<Crate>& crates) {
        crates[0].address = "::FFFF:1.2.3.4";
        crates[0].kept = hours(3);
        crates[0].packed = Date::from_ymd(2024, 2, 29);
        EXPECT_EQ(Crate::objects.bulk_update(std::span(crates), {"address", "label", "kept", "packed", "token", "extra", "price", "sealed"}), 2);
        const std::vector<Crate> read = Crate::objects.order_by("id").list();
        EXPECT_EQ(std::string(*read[0].address), connection().vendor() == "sqlite" ? "::FFFF:1.2.3.4" : "::ffff:1.2.3.4");
        EXPECT_EQ(read[0].kept, hours(3));
        EXPECT_EQ(*read[0].packed, Date::from_ymd(2024, 2, 29));
        EXPECT_EQ(read[1].address, std::nullopt);
        EXPECT_EQ(read[1].token, std::nullopt);
    });
}

TEST_F(BulkUpdate, OfARowTwiceTakesItsFirstValues) {
    with_crates(2, [](std::vector<Crate>& crates) {
        crates.push_back(crates[0]);
        crates[0].label = "one";
        crates[1].label = "two";
        crates[2].label = "three";
        EXPECT_EQ(Crate::objects.bulk_update(std::span(crates), {"label", "label"}), 2);
        EXPECT_EQ(Crate::objects.get("id"_f = crates[0].id).label, "one");
        EXPECT_EQ(Crate::objects.get("id"_f = crates[1].id).label, "two");
    });
}

TEST_F(BulkUpdate, OfSeveralStatementsIsOneTransaction) {
    with_crates(5, [](std::vector<Crate>& crates) {
        connection().execute("CREATE UNIQUE INDEX one_label ON storehouse_crate (label) WHERE label <> 'c'");
        for (Crate& crate : crates) crate.label = "x" + std::to_string(crate.id);
        crates[4].label = crates[0].label;
        EXPECT_THROW(Crate::objects.bulk_update(std::span(crates), {"label"}, 2), IntegrityError);
        EXPECT_EQ(Crate::objects.filter("label"_f = "c").count(), 5);
        EXPECT_EQ(Crate::objects.bulk_update(std::span(crates).first(4), {"label"}, 2), 4);
        EXPECT_EQ(Crate::objects.filter("label"_f = "c").count(), 1);
    });
}

TEST_F(BulkUpdate, ThatFailsDoomsTheBlockAroundIt) {
    with_crates(2, [](std::vector<Crate>& crates) {
        connection().execute("CREATE UNIQUE INDEX one_count ON storehouse_crate (count)");
        crates[0].count = crates[1].count = 7;
        atomic([&] {
            EXPECT_THROW(Crate::objects.bulk_update(std::span(crates), {"count"}), IntegrityError);
            EXPECT_THROW(Crate::objects.count(), TransactionManagementError);
            set_rollback(true);
        });
    });
}

}  // namespace
}  // namespace nuages::db::models

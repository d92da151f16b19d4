// Index classes and exclusion constraints, as DDL that a server takes.
#include <nuages/contrib/postgres/indexes.hpp>
#include <nuages/contrib/postgres/range_fields.hpp>
#include <nuages/core/validators/validation_error.hpp>
#include <nuages/db/backends/postgresql/testing.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/models/validation.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

namespace inn {

namespace models = nuages::models;
namespace postgres = nuages::postgres;
using namespace nuages::literals;

struct Stay : models::Model<Stay> {
    BigAutoField id;
    postgres::IntegerRangeField room;
    postgres::DateRangeField nights;
    postgres::ArrayField<int> guests;
    BooleanField cancelled;

    static models::Meta<Stay> meta() {
        return {.db_table = "stay",
                .indexes = {{.fields = {"guests"}, .name = "stay_guests_gin", .method = postgres::GinIndex({.fastupdate = false})},
                            {.fields = {"nights"}, .method = postgres::GistIndex({.buffering = true, .fillfactor = 80})},
                            {.fields = {"id"}, .name = "stay_brin", .method = postgres::BrinIndex({.autosummarize = true, .pages_per_range = 4})},
                            {.fields = {"cancelled"}, .name = "stay_hash", .method = postgres::HashIndex({.fillfactor = 90})},
                            {.fields = {"room"}, .name = "stay_spgist", .method = postgres::SpGistIndex()},
                            {.fields = {"id"}, .name = "stay_btree", .method = postgres::BTreeIndex({.deduplicate_items = false})}},
                .constraints = {{.name = "stay_no_overlap",
                                 .condition = ("cancelled"_f = false),
                                 .exclude = {{"room"_f, postgres::RangeOperators::EQUAL}, {"nights"_f, postgres::RangeOperators::OVERLAPS}}}}};
    }
};

}  // namespace inn

namespace nuages::postgres {
namespace {

using namespace literals;
using inn::Stay;

class Indexes : public testing::Test {
protected:
    void SetUp() override {
        std::string reason;
        if (!db::postgresql::TestCluster::shared(&reason)) GTEST_SKIP() << reason;
        for (auto meta : models::list<Stay>()) meta();
    }
    template <class F> void with_stays(F&& f) {
        db::postgresql::with_database([&] {
            const std::vector<const models::ModelMeta*> all{&models::meta_of<Stay>()};
            models::schema::create_tables(db::connection(), all);
            f();
        });
    }
};

Date day(int of) { return Date::from_ymd(2024, 5, of); }

TEST_F(Indexes, AreMadeAsTheirClassSays) {
    with_stays([] {
        const auto definition = [](const std::string& name) {
            const auto rows = db::connection().query<std::string>("SELECT indexdef FROM pg_indexes WHERE indexname = %s", name);
            return rows.empty() ? std::string() : std::get<0>(rows[0]);
        };
        EXPECT_NE(definition("stay_guests_gin").find("USING gin (guests) WITH (fastupdate=off)"), std::string::npos) << definition("stay_guests_gin");
        EXPECT_NE(definition("stay_brin").find("USING brin (id) WITH (autosummarize='on', pages_per_range='4')"), std::string::npos)
            << definition("stay_brin");
        EXPECT_NE(definition("stay_hash").find("USING hash (cancelled) WITH (fillfactor='90')"), std::string::npos) << definition("stay_hash");
        EXPECT_NE(definition("stay_spgist").find("USING spgist (room)"), std::string::npos);
        EXPECT_NE(definition("stay_btree").find("USING btree (id) WITH (deduplicate_items=off)"), std::string::npos) << definition("stay_btree");
        bool named = false;
        for (const std::string& sql : models::schema::create_statements(db::connection(), models::meta_of<Stay>()))
            named |= sql.find("_gist\" ON \"stay\" USING gist (\"nights\") WITH (buffering = on, fillfactor = 80)") != sql.npos;
        EXPECT_TRUE(named);
    });
}

TEST_F(Indexes, ExclusionConstraintsHold) {
    with_stays([] {
        Stay{.room = {1, 2}, .nights = {day(1), day(5)}}.save();
        Stay{.room = {1, 2}, .nights = {day(5), day(7)}}.save();
        Stay{.room = {2, 3}, .nights = {day(1), day(5)}}.save();
        Stay{.room = {1, 2}, .nights = {day(1), day(5)}, .cancelled = true}.save();
        Stay other{.room = {1, 2}, .nights = {day(4), day(6)}};
        EXPECT_THROW(
            {
                try {
                    models::full_clean(models::meta_of<Stay>(), &other, {.exclude = {"guests"}});
                } catch (const ValidationError& error) {
                    EXPECT_NE(std::string(error.what()).find("stay_no_overlap"), std::string::npos) << error.what();
                    throw;
                }
            },
            ValidationError);
        EXPECT_THROW(other.save(), db::IntegrityError);
        other.cancelled = true;
        models::full_clean(models::meta_of<Stay>(), &other, {.exclude = {"guests"}});
        other.save();
        EXPECT_EQ(Stay::objects.count(), 5);
    });
}

TEST(IndexClasses, RefuseWhatTheServerWould) {
    EXPECT_THROW(BrinIndex({.pages_per_range = 0}), models::ValueError);
    EXPECT_THROW(BloomIndex({.length = 5000}), models::ValueError);
    EXPECT_THROW(BloomIndex({.columns = {0}}), models::ValueError);
    const models::IndexMethod bloom = BloomIndex({.length = 80, .columns = {2, 4}});
    EXPECT_EQ(bloom.name, "bloom");
    EXPECT_EQ(bloom.with, (std::vector<std::string>{"length", "80", "col1", "2", "col2", "4"}));
}

}  // namespace
}  // namespace nuages::postgres

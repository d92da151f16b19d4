// iterator(): rows that come a chunk at a time, through a cursor where the database has them.
#include <nuages/async/time.hpp>
#include <nuages/db/backends/testing.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

namespace depot {

namespace models = nuages::models;

struct Shelf : models::Model<Shelf> {
    BigAutoField id;
    CharField name{{.max_length = 20}};
};

struct Box : models::Model<Box> {
    BigAutoField id;
    IntegerField number;
    ForeignKey<Shelf> shelf;
};

}  // namespace depot

namespace nuages::db::models {
namespace {

using namespace literals;
using depot::Box;
using depot::Shelf;

class RowStreams : public ::testing::Test {
protected:
    void SetUp() override {
        if (const std::string reason = db::testing::missing_server(); !reason.empty()) GTEST_SKIP() << reason;
        models::list<Shelf, Box>();
    }
    template <class F> static void with_boxes(int count, F&& f, db::testing::TestDatabase::Options options = {}) {
        db::testing::with_database(
            [&] {
                const std::vector<const ModelMeta*> all{&meta_of<Shelf>(), &meta_of<Box>()};
                schema::create_tables(connection(), all);
                const Shelf shelf = Shelf::objects.create({.name = "A"});
                std::vector<Box> boxes;
                for (int i = 0; i < count; ++i) boxes.push_back({.number = i, .shelf = shelf});
                Box::objects.bulk_create(boxes);
                f();
            },
            std::move(options));
    }
    static bool has_cursors() { return connection().vendor() == "postgresql"; }
    static std::int64_t open_cursors() {
        return std::get<0>(connection().query<std::int64_t>("SELECT count(*) FROM pg_cursors WHERE name LIKE 'nuages_%%'")[0]);
    }
};

TEST_F(RowStreams, GiveAllRowsInOrderWhateverTheChunk) {
    with_boxes(25, [] {
        for (const std::size_t chunk : {1u, 7u, 25u, 100u}) {
            int next = 0;
            for (const Box& box : Box::objects.order_by("number").iterator(chunk)) EXPECT_EQ(box.number, next++);
            EXPECT_EQ(next, 25) << chunk;
        }
        for (const Box& box : Box::objects.filter("number"_f = -1).iterator()) FAIL() << box.number;
    });
}

TEST_F(RowStreams, LetTheLoopAskAndWrite) {
    with_boxes(10, [] {
        int seen = 0;
        for (Box& box : Box::objects.order_by("number").iterator(3)) {
            EXPECT_EQ(box.shelf->name, "A");
            box.number = box.number + 100;
            box.save();
            seen += static_cast<int>(Box::objects.filter("number__gte"_f = 100).count());
        }
        EXPECT_EQ(seen, 55);
        EXPECT_EQ(Box::objects.filter("number__lt"_f = 100).count(), 0);
    });
}

TEST_F(RowStreams, InATransactionStandBesideItsStatements) {
    with_boxes(10, [] {
        atomic([] {
            int seen = 0;
            for (const Box& box : Box::objects.order_by("number").iterator(2)) {
                if (has_cursors() && seen < 8) {
                    EXPECT_EQ(open_cursors(), 1);
                }
                try {
                    atomic([&] {
                        Box::objects.filter("id"_f = box.id).update("number"_f = -1);
                        throw std::runtime_error("undone");
                    });
                } catch (const std::runtime_error&) {}
                EXPECT_EQ(box.number, seen++);
            }
            EXPECT_EQ(seen, 10);
            if (has_cursors()) {
                EXPECT_EQ(open_cursors(), 0);
            }
        });
        EXPECT_EQ(Box::objects.filter("number"_f = -1).count(), 0);
    });
}

TEST_F(RowStreams, EndWithTheLoop) {
    with_boxes(10, [] {
        atomic([] {
            for (const Box& box : Box::objects.order_by("number").iterator(2)) {
                if (box.number == 3) break;
            }
            if (has_cursors()) {
                EXPECT_EQ(open_cursors(), 0);
            }
            EXPECT_EQ(Box::objects.count(), 10);
        });
        for (int round = 0; round < 30; ++round) {  // more than the pool has connections
            try {
                for (const Box& box : Box::objects.order_by("number").iterator(2)) {
                    if (box.number == 4) throw std::runtime_error("enough");
                }
            } catch (const std::runtime_error&) {}
        }
        EXPECT_EQ(Box::objects.count(), 10);
        if (has_cursors()) {
            EXPECT_EQ(std::get<0>(connection().query<std::int64_t>("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' "
                                                                   "AND datname = current_database()")[0]),
                      0);
        }
    });
}

TEST_F(RowStreams, DoWithoutCursorsWhereTheyAreDisabled) {
    if (!db::testing::on_postgresql()) GTEST_SKIP() << "no cursors";
    for (const auto& [option, value] : {std::pair{"disable_server_side_cursors", "true"}, std::pair{"pool_size", "1"}}) {
        with_boxes(
            10,
            [] {
                int seen = 0;
                for (Box& box : Box::objects.order_by("number").iterator(3)) {
                    box.save();  // with one connection it would wait for ever
                    EXPECT_EQ(box.number, seen++);
                }
                EXPECT_EQ(seen, 10);
            },
            {{option, value}});
    }
    with_boxes(
        10,
        [] {
            atomic([] {
                for (const Box& box : Box::objects.iterator(3)) {
                    EXPECT_EQ(open_cursors(), 0) << box.number;
                }
            });
        },
        {{"disable_server_side_cursors", "true"}});
}

TEST_F(RowStreams, TellErrorsWhereTheLoopIs) {
    with_boxes(10, [] {
        if (!has_cursors()) GTEST_SKIP() << "the error comes while the rows are made, as PostgreSQL makes them";
        int seen = 0;
        const auto rows = Box::objects.annotate("inverse"_f = constant(10) / ("number"_f - 5)).order_by("id").iterator(2);
        try {
            for (const auto& box : rows) seen = box.number + 1;
            FAIL() << "10 / 0";
        } catch (const DatabaseError& error) {
            EXPECT_NE(std::string(error.what()).find("division by zero"), std::string::npos) << error.what();
        }
        EXPECT_EQ(Box::objects.count(), 10);
        EXPECT_LE(seen, 4);
    });
}

TEST_F(RowStreams, AreLeftByACancelledLoop) {
    with_boxes(10, [] {
        EXPECT_THROW(async::with_timeout(milliseconds(50),
                                         [] {
                                             for (const Box& box : Box::objects.order_by("number").iterator(2)) {
                                                 if (box.number == 3) async::sleep_for(seconds(10));
                                             }
                                         }),
                     async::TimeoutError);
        EXPECT_EQ(Box::objects.count(), 10);
    });
}

TEST_F(RowStreams, NeedNoMemoryForRowsThatWere) {
    with_boxes(10, [] {
        if (!has_cursors()) GTEST_SKIP() << "no cursors";
        std::int64_t last = 0;
        bool met_later_row = false;
        for (const Box& box : Box::objects.order_by("id").iterator(2)) {
            if (last == 0) Box::objects.filter("number"_f = 9).delete_();  // the cursor's snapshot still has it
            met_later_row |= box.number == 9;
            last = box.id;
        }
        EXPECT_TRUE(met_later_row);
        EXPECT_EQ(Box::objects.count(), 9);
    });
}

}  // namespace
}  // namespace nuages::db::models
